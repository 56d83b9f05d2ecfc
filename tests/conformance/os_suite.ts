import assert from "node:assert/strict";
import { Fault } from "../../core/plugin/fault.ts";
import type { Os } from "../../core/os/os.ts";
import { endsPromptly } from "./prompt.ts";

/** One implementation on one machine. */
export interface OsSubject extends AsyncDisposable {
  os: Os;
  /** A NIC whose addresses may be changed. */
  nic?: string;
  /** An address that answers pings, and one that does not. */
  pings?: { answers: string; silent: string };
  /** A service that may be started and stopped. */
  service?: string;
}

/** What this machine has not; the tests that need it are reported as ignored. */
export type Without = readonly ("nic" | "pings" | "service")[];

/** Registers the tests that every implementation passes. */
export function osSuite(title: string, create: () => Promise<OsSubject>, without: Without = []): void {
  const signal = new AbortController().signal;
  const run = (name: string, body: (subject: OsSubject) => Promise<void>, needs?: Without[number]) =>
    Deno.test({
      name: `os ${title}: ${name}`,
      ignore: needs !== undefined && without.includes(needs),
      fn: async () => {
        await using subject = await create();
        await body(subject);
      },
    });
  const has = async (os: Os, ip: string) =>
    (await os.nics(signal)).flatMap((nic) => nic.addresses).some((address) => address.ip === ip);

  run("has a host name and lists network interfaces with sound hardware addresses", async ({ os }) => {
    assert.ok(os.hostname().length > 0);
    for (const nic of await os.nics(signal)) {
      assert.ok(nic.name.length > 0);
      assert.match(nic.mac, /^$|^([0-9a-f]{2}:){5}[0-9a-f]{2}$/);
    }
  });

  for (const ip of ["10.99.7.20", "fd00:99::20"]) {
    run(`puts ${ip} on and takes it off, each twice`, async ({ os, nic }) => {
      assert.ok(nic);
      for (let round = 0; round < 2; round++) {
        await os.addAddress(nic, ip, signal);
        assert.ok(await has(os, ip));
      }
      const address = (await os.nics(signal)).flatMap((one) => one.addresses).find((one) => one.ip === ip);
      assert.equal(address?.prefix, ip.includes(":") ? 128 : 32);
      for (let round = 0; round < 2; round++) {
        await os.removeAddress(ip, signal);
        assert.ok(!await has(os, ip));
      }
    }, "nic");

    run(`the command for the dead man's switch takes ${ip} off`, async ({ os, nic }) => {
      assert.ok(nic);
      await os.addAddress(nic, ip, signal);
      await os.exec(os.removeAddressCommand(nic, ip), { signal });
      assert.ok(!await has(os, ip));
    }, "nic");
  }

  run("asks who has an address, and tells that it has one itself", async ({ os, nic }) => {
    assert.ok(nic);
    assert.equal(await os.whoHas(nic, "10.99.7.23", 100, signal), null);
    await os.addAddress(nic, "10.99.7.20", signal, { detect: true });
    assert.equal(typeof await os.announceAddress(nic, "10.99.7.20", signal), "boolean");
    await os.removeAddress("10.99.7.20", signal);
  }, "nic");

  run("an address on a network interface that does not exist is a fault that names it", async ({ os, nic }) => {
    assert.ok(nic);
    await assert.rejects(
      os.addAddress("nonic0", "10.99.7.21", signal),
      (error) => error instanceof Fault && error.message.includes("nonic0"),
    );
  }, "nic");

  run("ping: a round trip, or null in time", async ({ os, pings }) => {
    assert.ok(pings);
    const roundTripMs = await os.ping(pings.answers, 1_000, signal);
    assert.ok(roundTripMs !== null && roundTripMs >= 0 && roundTripMs < 1_000);
    const startedAt = performance.now();
    assert.equal(await os.ping(pings.silent, 200, signal), null);
    assert.ok(performance.now() - startedAt < 1_500);
  }, "pings");

  run("a service starts and stops, each twice; a missing one is missing", async ({ os, service }) => {
    assert.ok(service);
    for (let round = 0; round < 2; round++) await os.startService(service, signal);
    assert.equal(await os.serviceState(service, signal), "running");
    for (let round = 0; round < 2; round++) await os.stopService(service, signal);
    assert.equal(await os.serviceState(service, signal), "stopped");
    await os.startService(service, signal);
    await os.exec(os.stopServiceCommand(service), { signal });
    assert.equal(await os.serviceState(service, signal), "stopped");
    assert.equal(await os.serviceState("no-such-service", signal), "missing");
    await os.stopService("no-such-service", signal);
    await assert.rejects(os.startService("no-such-service", signal), Fault);
  }, "service");

  run("kills a service, and what carries a mark, and nothing is no failure", async ({ os, service }) => {
    assert.ok(service);
    await os.startService(service, signal);
    await os.exec(os.killServiceCommand(service), { signal });
    await os.stopService(service, signal);
    assert.equal(await os.serviceState(service, signal), "stopped");
    assert.deepEqual(await os.killMarked(`:${crypto.randomUUID()}:`, signal), []);
    assert.deepEqual(await os.marked(`:${crypto.randomUUID()}:`, signal), []);
  }, "service");

  run("runs programs: status, output, environment, input", async ({ os }) => {
    const echo = await os.exec(["sh", "-c", 'cat; echo "$VALUE" >&2; exit 3'], {
      env: { VALUE: "a b" },
      stdin: "hello",
      signal,
    });
    assert.deepEqual([echo.status, echo.stdout, echo.stderr], [3, "hello", "a b\n"]);
  });

  run("ends a program promptly when the signal aborts", async ({ os }) => {
    const { threw, error } = await endsPromptly(100, (both) => os.exec(["sleep", "30"], { signal: both }));
    assert.ok(threw && error instanceof DOMException);
  });

  run("an aborted signal ends every call that waits", async ({ os, nic }) => {
    const aborted = AbortSignal.abort(new DOMException("the agent stops", "AbortError"));
    await assert.rejects(os.nics(aborted));
    await assert.rejects(os.addAddress(nic ?? "lo", "10.99.7.22", aborted));
    await assert.rejects(os.removeAddress("10.99.7.22", aborted));
    await assert.rejects(os.whoHas(nic ?? "lo", "10.99.7.22", 100, aborted));
    await assert.rejects(os.announceAddress(nic ?? "lo", "10.99.7.22", aborted));
    await assert.rejects(os.ping("127.0.0.1", 100, aborted));
    await assert.rejects(os.serviceState("x", aborted));
    await assert.rejects(os.startService("x", aborted));
    await assert.rejects(os.exec(["true"], { signal: aborted }));
  });

  run("the dead man's switch arms and disarms", async ({ os }) => {
    const times = { offMs: 1_000, stopMs: 1_000, killMs: 1_000, againMs: 1_000, hurriedMs: 100 };
    const guard = await os.deadMansSwitch({ group: "g", off: [], stop: [["false"]], kill: [], ...times });
    assert.ok(guard.pid > 0);
    await guard.disarm();
    await guard.disarm();
  });
}
