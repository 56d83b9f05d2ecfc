import { DescribeAvailabilityZonesCommand, DescribeVpcsCommand } from "@aws-sdk/client-ec2";
import assert from "node:assert/strict";
import type { Sandbox } from "../../../sandbox/mod.ts";
import { answers, withSandbox } from "./helpers.ts";

function control(sandbox: Sandbox) {
  return async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${sandbox.controlUrl}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
    return { status: response.status, body: await response.json() };
  };
}

Deno.test("control: faults come and go", () =>
  withSandbox(async (sandbox, client) => {
    const ask = control(sandbox);
    const { body } = await ask("POST", "/faults", [
      { kind: "throttle", server: "server1", action: "DescribeVpcs", count: 1 },
      { kind: "latency", ms: 5 },
    ]);
    assert.deepEqual(body, { ids: [1, 2] });
    await answers("RequestLimitExceeded", client.send(new DescribeVpcsCommand({})));
    assert.deepEqual((await ask("GET", "/faults")).body, [{ kind: "latency", ms: 5, id: 2 }]);
    assert.equal((await ask("DELETE", "/faults?id=2")).status, 200);
    assert.equal((await ask("DELETE", "/faults?id=2")).status, 404);
    await ask("POST", "/faults", { kind: "hang" });
    await ask("DELETE", "/faults");
    await client.send(new DescribeVpcsCommand({}));
    const calls = (await ask("GET", "/calls?server=server1&action=DescribeVpcs")).body;
    assert.deepEqual(calls.map((call: { outcome: string }) => call.outcome), ["RequestLimitExceeded", "ok"]);
    assert.deepEqual((await ask("GET", "/calls?server=server2")).body, []);
  }));

Deno.test("control: faults that make no sense are refused whole, with a sentence", () =>
  withSandbox(async (sandbox) => {
    const ask = control(sandbox);
    const refused = async (fault: unknown, sentence: RegExp) => {
      const answer = await ask("POST", "/faults", fault);
      assert.equal(answer.status, 400);
      assert.match(answer.body.error, sentence);
    };
    await refused({ kind: "slow" }, /kind is "slow": it must be one of latency, throttle/);
    await refused({ kind: "latency" }, /needs ms/);
    await refused({ kind: "latency", ms: -1 }, /ms is -1: it must be a whole number from 0/);
    await refused({ kind: "hang", ms: 5 }, /has no ms; it knows server, action, count/);
    await refused([{ kind: "hang" }, { kind: "hang", count: 0 }], /count is 0/);
    await refused("hang", /a fault is an object/);
    assert.deepEqual(sandbox.faults.list(), []);
    const form = await fetch(`${sandbox.controlUrl}/faults`, { method: "POST", body: '{"kind":"hang"}' });
    assert.equal(form.status, 415);
    await form.body?.cancel();
    assert.equal((await ask("PUT", "/faults")).status, 404);
  }));

Deno.test("control: zones, metadata and the state", () =>
  withSandbox(async (sandbox, client) => {
    const ask = control(sandbox);
    await ask("POST", "/zones/ap-northeast-1a", { state: "unavailable", messages: ["power"] });
    const { AvailabilityZones } = await client.send(
      new DescribeAvailabilityZonesCommand({ ZoneNames: ["ap-northeast-1a"] }),
    );
    assert.equal(AvailabilityZones?.[0]?.State, "unavailable");
    assert.equal((await ask("POST", "/zones/ap-northeast-1a", { state: "gone" })).status, 400);
    assert.equal((await ask("POST", "/zones/nowhere", {})).status, 404);
    await ask("POST", "/metadata/server1", { mode: "silent" });
    assert.equal(sandbox.imds("server1").mode, "silent");
    assert.equal((await ask("POST", "/metadata/server1", { mode: "loud" })).status, 400);
    const state = (await ask("GET", "/state")).body;
    assert.equal(state.region.zones[0].state, "unavailable");
    assert.deepEqual(state.metadata, { server1: "silent", server2: "normal" });
  }));
