import assert from "node:assert/strict";
import type { AgentView } from "../../../core/agent/agent.ts";
import { createApp } from "../../../core/http/app.ts";

/** A status with what the metrics look at. */
function viewOf(): AgentView {
  const group = { name: "failover1", status: "online", epoch: 4, resources: [{ name: "app1", status: "offline" }] };
  return {
    cluster: 'c"1',
    server: "server1",
    view: {
      votes: { held: ["server1"], total: 3, majority: 2, visible: ["server1", "server2"], quorum: true },
      disk: { lastMs: 1_600, waitingMs: 2_500, slow: "has waited 2.5 s for its disk" },
      servers: [{ name: "server1", silentMs: null }, { name: "server2", silentMs: 250 }],
      groups: [group],
      monitors: [],
    },
    devices: [{ name: "nat", type: "ping", reached: null, message: "" }],
    checks: {
      httpw1: {
        time: "2026-01-01T00:00:00.000Z",
        elapsedMs: 12,
        verdict: { status: "warning", code: 1, message: "slow", measurements: { answerMs: 11.5, 'queue"s': 3 } },
      },
      idlew1: null,
    },
    modules: [{ name: "httpw1", kind: "monitor", type: "http", description: "" }],
    dropIns: [{ type: "port443", memoryMb: 64, failures: 2 }],
    reasons: [],
  } as unknown as AgentView;
}

Deno.test("metrics: what checks measured, and the state of the cluster, in the text format of Prometheus", async () => {
  const app = createApp({ view: viewOf, request: () => undefined }, "t", "1.2.3");
  const response = await app.request("/metrics");
  assert.equal(response.status, 200);
  assert.match(response.headers.get("Content-Type") ?? "", /^text\/plain; version=0\.0\.4/);
  const text = await response.text();
  const lines = text.trimEnd().split("\n");
  for (
    const line of [
      'baton_info{cluster="c\\"1",server="server1",version="1.2.3"} 1',
      "baton_votes_visible 2",
      "baton_disk_write_seconds 1.6",
      "baton_disk_write_waiting_seconds 2.5",
      "baton_disk_slow 1",
      'baton_server_silent_seconds{server="server2"} 0.25',
      'baton_group_active{group="failover1"} 1',
      'baton_resource_online{group="failover1",resource="app1"} 0',
      'baton_monitor_status{monitor="httpw1",type="http",status="warning"} 1',
      'baton_monitor_status{monitor="httpw1",type="http",status="normal"} 0',
      'baton_monitor_check_seconds{monitor="httpw1"} 0.012',
      'baton_monitor_measurement{monitor="httpw1",name="answerMs"} 11.5',
      'baton_monitor_measurement{monitor="httpw1",name="queue\\"s"} 3',
      'baton_drop_in_memory_bytes{type="port443"} 67108864',
      'baton_drop_in_failures_total{type="port443"} 2',
    ]
  ) assert.ok(lines.includes(line), `${line}\nis not in\n${text}`);
  // Nobody has asked the device, and nobody has checked: that is no number.
  assert.ok(!text.includes("baton_device_reached") && !text.includes("idlew1"));
});

Deno.test("metrics: every sample stands under its name's HELP and TYPE, once", async () => {
  const app = createApp({ view: viewOf, request: () => undefined }, "t", "1");
  const lines = (await (await app.request("/metrics")).text()).trimEnd().split("\n");
  const seen = new Set<string>();
  let current = "";
  for (const line of lines) {
    const [, help] = /^# HELP (\w+) ./.exec(line) ?? [];
    if (help !== undefined) {
      assert.ok(!seen.has(help), `${help} begins twice`);
      seen.add(current = help);
    } else if (line.startsWith("# TYPE")) assert.match(line, new RegExp(`^# TYPE ${current} (?:gauge|counter)$`));
    else assert.match(line, new RegExp(`^${current}(?:\\{(?:\\w+="(?:[^"\\\\]|\\\\.)*",?)+\\})? -?[\\d.e+-]+$`));
  }
  assert.ok(seen.size > 8);
});
