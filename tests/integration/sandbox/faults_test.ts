import {
  DescribeRouteTablesCommand,
  DescribeVpcsCommand,
  EC2ServiceException,
  ReplaceRouteCommand,
} from "@aws-sdk/client-ec2";
import { eventually } from "../../unit/agent/helpers.ts";
import assert from "node:assert/strict";
import type { Sandbox } from "../../../sandbox/mod.ts";
import { answers, clientFor, withSandbox } from "./helpers.ts";

const MOVE = new ReplaceRouteCommand({
  RouteTableId: "rtb-0000a002",
  DestinationCidrBlock: "10.1.0.20/32",
  NetworkInterfaceId: "eni-5a3a7902",
});
const vpcs = () => new DescribeVpcsCommand({});

function target(sandbox: Sandbox): string | undefined {
  const table = sandbox.region.routeTables.find((one) => one.id === "rtb-0000a002");
  return table?.routes.find((one) => one.destination === "10.1.0.20/32")?.eniId;
}

/** A failure that is not an answer of EC2. */
async function fails(call: Promise<unknown>): Promise<void> {
  const error = await call.then(() => undefined, (reason: unknown) => reason);
  assert(error instanceof Error && !(error instanceof EC2ServiceException), `expected no answer, got ${error}`);
}

Deno.test("throttling and errors hit the actions they name, as often as they say", () =>
  withSandbox(async (sandbox, client) => {
    sandbox.faults.add({ kind: "throttle", action: "Describe*", count: 2 });
    sandbox.faults.add({ kind: "error", code: "InternalError", action: "ReplaceRoute", count: 1 });
    assert.equal((await answers("RequestLimitExceeded", client.send(vpcs()))).$metadata.httpStatusCode, 503);
    assert.equal((await answers("InternalError", client.send(MOVE))).$metadata.httpStatusCode, 500);
    await answers("RequestLimitExceeded", client.send(vpcs()));
    await client.send(vpcs());
    assert.equal(target(sandbox), "eni-4bc00502");
    assert.deepEqual(sandbox.faults.list(), []);
    assert.deepEqual(sandbox.calls.list().map((call) => call.outcome), [
      "RequestLimitExceeded",
      "InternalError",
      "RequestLimitExceeded",
      "ok",
    ]);
  }));

Deno.test("latency delays the answer, not the effect", () =>
  withSandbox(async (sandbox, client) => {
    sandbox.faults.add({ kind: "latency", ms: 500 });
    const startedAt = performance.now();
    let answered = false;
    const moving = client.send(MOVE).finally(() => answered = true);
    await eventually("it took effect", () => target(sandbox) === "eni-5a3a7902");
    assert.equal(answered, false);
    await moving;
    assert(performance.now() - startedAt >= 499);
    assert(sandbox.calls.list()[0]!.latencyMs >= 499);
  }));

Deno.test("hang: no effect, no answer, until the client leaves", () =>
  withSandbox(async (sandbox, client) => {
    const id = sandbox.faults.add({ kind: "hang" });
    const leave = new AbortController();
    const timer = setTimeout(() => leave.abort(), 100);
    await fails(client.send(MOVE, { abortSignal: leave.signal }));
    clearTimeout(timer);
    assert.equal(target(sandbox), "eni-4bc00502");
    assert(sandbox.faults.remove(id));
    await client.send(vpcs());
  }));

Deno.test("lost: it took effect, but nobody says so", () =>
  withSandbox(async (sandbox, client) => {
    sandbox.faults.add({ kind: "lost", count: 1 });
    await fails(client.send(MOVE));
    assert.equal(target(sandbox), "eni-5a3a7902");
    assert.equal(sandbox.calls.list()[0]!.outcome, "lost");
  }));

Deno.test("late: it takes effect after the client has given up", () =>
  withSandbox(async (sandbox, client) => {
    const fault = sandbox.faults.add({ kind: "late", ms: 500, count: 1 });
    const leave = new AbortController();
    const given = fails(client.send(MOVE, { abortSignal: leave.signal }));
    await eventually("it has arrived", () => !sandbox.faults.list().some(({ id }) => id === fault));
    leave.abort();
    await given;
    assert.equal(target(sandbox), "eni-4bc00502");
    await eventually("it takes effect", () => target(sandbox) === "eni-5a3a7902");
  }));

Deno.test("unreachable: one server's calls fail, the other's don't; also on connections that were open", () =>
  withSandbox(async (sandbox, client) => {
    const other = clientFor(sandbox, "server2");
    try {
      await client.send(vpcs());
      const id = sandbox.faults.add({ kind: "unreachable", server: "server1" });
      await fails(client.send(vpcs()));
      await fails(client.send(vpcs()));
      assert.equal((await other.send(vpcs())).Vpcs?.length, 1);
      sandbox.faults.remove(id);
      await client.send(vpcs());
    } finally {
      other.destroy();
    }
  }));

Deno.test("stale: reads see the past for as long as it says, writes see the present", () =>
  withSandbox(async (sandbox, client) => {
    const read = async () => {
      const { RouteTables } = await client.send(new DescribeRouteTablesCommand({ RouteTableIds: ["rtb-0000a002"] }));
      return RouteTables![0]!.Routes!.find((one) => one.DestinationCidrBlock === "10.1.0.20/32")!.NetworkInterfaceId;
    };
    sandbox.faults.add({ kind: "stale", ms: 1_000 });
    await client.send(MOVE);
    assert.equal(await read(), "eni-4bc00502");
    assert.equal(target(sandbox), "eni-5a3a7902");
    await eventually("reads know it", async () => await read() === "eni-5a3a7902");
  }));

Deno.test("closing the sandbox ends calls that hang and drops effects that are not due", async () => {
  await withSandbox(async (sandbox, client) => {
    sandbox.faults.add({ kind: "late", ms: 60_000, count: 1 });
    sandbox.faults.add({ kind: "hang" });
    const calls = [fails(client.send(MOVE)), fails(client.send(vpcs()))];
    await new Promise((resolve) => setTimeout(resolve, 100));
    await sandbox.close();
    await Promise.all(calls);
    assert.equal(target(sandbox), "eni-4bc00502");
  });
});
