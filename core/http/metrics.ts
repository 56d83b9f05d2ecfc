/**
 * The status as numbers, in the text format of Prometheus.
 *
 * @module
 */
import type { AgentView } from "../agent/agent.ts";

/** What the endpoint says it sends. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number | boolean | null | undefined];

const VERDICTS = ["normal", "warning", "error", "unknown"] as const;

/** The page. */
export function metrics(agent: AgentView, version: string): string {
  const { view, checks, modules } = agent;
  const types = new Map(modules.filter(({ kind }) => kind === "monitor").map(({ name, type }) => [name, type]));
  const latest = Object.entries(checks).flatMap(([monitor, check]) => check === null ? [] : [{ monitor, check }]);
  return [
    family("baton_info", "the agent; always 1", [[{ cluster: agent.cluster, server: agent.server, version }, 1]]),
    family("baton_votes_visible", "votes that support this server", [[{}, view.votes.visible.length]]),
    family("baton_votes_majority", "votes that are needed to carry a group", [[{}, view.votes.majority]]),
    family("baton_disk_write_seconds", "how long the latest write of the state took", [[
      {},
      seconds(view.disk.lastMs),
    ]]),
    family("baton_disk_write_waiting_seconds", "for how long a write of the state has been under way", [
      [{}, seconds(view.disk.waitingMs ?? 0)],
    ]),
    family("baton_disk_slow", "1 when the disk is too slow to be named for a group", [[{}, view.disk.slow !== null]]),
    family("baton_no_power", "1 when what ends a machine is only said (--no-power)", [[{}, Boolean(agent.noPower)]]),
    family(
      "baton_server_silent_seconds",
      "since a server was last heard",
      view.servers.map(({ name, silentMs }) => [
        { server: name },
        seconds(silentMs),
      ]),
    ),
    family(
      "baton_server_not_understood",
      "1 when a server is there but is not understood: another key, a second server of that name, a path for small packets",
      view.servers.flatMap(({ name, unclear }) =>
        unclear ? [[{ server: name, cause: unclear.cause }, 1] as const] : []
      ),
    ),
    family(
      "baton_group_active",
      "1 when this server carries the group",
      view.groups.map(({ name, status }) => [
        { group: name },
        status === "online",
      ]),
    ),
    family(
      "baton_group_epoch",
      "the epoch of its latest activation",
      view.groups.map(({ name, epoch }) => [
        { group: name },
        epoch,
      ]),
    ),
    family(
      "baton_resource_online",
      "1 when it is up on this server",
      view.groups.flatMap(({ name: group, resources }) =>
        resources.map(({ name, status }) => [{ group, resource: name }, status === "online"] as const)
      ),
    ),
    family(
      "baton_monitor_status",
      "1 for what the latest check found, 0 for the rest",
      latest.flatMap(
        ({ monitor, check }) =>
          VERDICTS.map((status) =>
            [{ monitor, type: types.get(monitor) ?? "", status }, check.verdict.status === status] as const
          ),
      ),
    ),
    family(
      "baton_monitor_check_seconds",
      "how long the latest check took",
      latest.map(({ monitor, check }) => [
        { monitor },
        seconds(check.elapsedMs),
      ]),
    ),
    family(
      "baton_monitor_measurement",
      "what the latest check measured, in the unit its name ends with",
      latest.flatMap(
        ({ monitor, check }) =>
          Object.entries(check.verdict.measurements ?? {}).map(([name, value]) => [{ monitor, name }, value] as const),
      ),
    ),
    family(
      "baton_device_reached",
      "1 when an acknowledgement device answered last",
      agent.devices.map(
        ({ name, reached }) => [{ device: name }, reached],
      ),
    ),
    family(
      "baton_drop_in_memory_bytes",
      "memory of the process of a drop-in",
      (agent.dropIns ?? []).map(
        ({ type, memoryMb }) => [{ type }, memoryMb === null ? null : memoryMb * 1024 * 1024],
      ),
    ),
    family(
      "baton_drop_in_failures_total",
      "calls of a drop-in that failed",
      (agent.dropIns ?? []).map(
        ({ type, failures }) => [{ type }, failures],
      ),
      "counter",
    ),
  ].join("");
}

/** Everything of one name; nothing at all where there is no sample. */
function family(name: string, help: string, samples: readonly Sample[], type = "gauge"): string {
  const lines = samples.flatMap(([labels, value]) =>
    value === null || value === undefined ? [] : [`${name}${labelled(labels)} ${Number(value)}\n`]
  );
  return lines.length === 0 ? "" : `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

function labelled(labels: Labels): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return parts.length === 0 ? "" : `{${parts.join(",")}}`;
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1_000;
}
