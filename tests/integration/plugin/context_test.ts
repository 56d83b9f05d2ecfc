import assert from "node:assert/strict";
import { activateContext, deactivateContext } from "../../../core/plugin/context.ts";
import { pause, withDeadline } from "../../../core/plugin/deadline.ts";
import { Fault, FAULT_CODES } from "../../../core/plugin/fault.ts";
import { faultVerdict, unknownVerdict } from "../../../core/plugin/fault_verdict.ts";
import { createBench } from "../../conformance/bench.ts";

const never = new AbortController().signal;

Deno.test("tcp.connect: milliseconds, a certain fault when refused, an uncertain one when it could not try", async () => {
  await using bench = await createBench();
  const { tcp } = bench.context({});
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  assert.ok(await tcp.connect("127.0.0.1", port, { signal: never }) >= 0);
  listener.close();
  await assert.rejects(tcp.connect("127.0.0.1", port, { signal: never }), (error) => {
    assert.ok(error instanceof Fault && !error.uncertain && error.message.includes(`127.0.0.1:${port} refuses`));
    return true;
  });
  await assert.rejects(
    tcp.connect("no-such-host.invalid", 443, { signal: never }),
    (error) => error instanceof Fault && error.uncertain,
  );
});

Deno.test("tcp.connect: the call's own signal counts besides the one that is passed", async () => {
  await using bench = await createBench();
  const reason = new DOMException("the agent stops", "AbortError");
  const { tcp, exec } = bench.context({}, { signal: AbortSignal.abort(reason) });
  await assert.rejects(tcp.connect("127.0.0.1", 1, { signal: never }), (error) => error === reason);
  await assert.rejects(exec(["true"], { signal: never }), (error) => error === reason);
});

Deno.test("the contexts of activation and deactivation add why and since when", async () => {
  await using bench = await createBench();
  const context = bench.context({ a: 1 });
  const { reason, epoch, options, group, server } = activateContext(context, "move", 9);
  assert.deepEqual({ reason, epoch, options, group, server }, {
    reason: "move",
    epoch: 9,
    options: { a: 1 },
    group: "group1",
    server: "server1",
  });
  assert.equal(deactivateContext(context, "fence").reason, "fence");
});

Deno.test("withDeadline aborts the work at its time and leaves no timer behind", async () => {
  await assert.rejects(
    withDeadline(never, 20, (signal) => pause(10_000, signal)),
    (error) => error instanceof DOMException && error.name === "TimeoutError",
  );
  assert.equal(await withDeadline(never, 10_000, () => Promise.resolve(7)), 7);
});

Deno.test("a pause that is called off rejects with the reason, also when that was before it began", async () => {
  const stop = new AbortController();
  const begun = pause(10_000, stop.signal);
  stop.abort("gone");
  await assert.rejects(begun, (reason) => reason === "gone");
  await assert.rejects(pause(10_000, stop.signal), (reason) => reason === "gone");
});

Deno.test("verdicts of faults: only a certain fault is an error", () => {
  const certain = new Fault(FAULT_CODES.routeChanged, "the route was changed", { remedy: "look" });
  const uncertain = new Fault(FAULT_CODES.timeout, "no answer", { uncertain: true });
  assert.deepEqual(faultVerdict(certain), { status: "error", code: 8, message: "the route was changed; look" });
  assert.deepEqual(unknownVerdict(certain).status, "unknown");
  assert.deepEqual(faultVerdict(uncertain), { status: "unknown", code: 6, message: "no answer" });
  assert.equal(faultVerdict(new TypeError("x is undefined")).status, "unknown");
  assert.equal(faultVerdict(new TypeError("x is undefined")).code, 99);
  assert.equal(faultVerdict(new DOMException("over", "TimeoutError")).code, 6);
  assert.equal(faultVerdict("a string").status, "unknown");
});
