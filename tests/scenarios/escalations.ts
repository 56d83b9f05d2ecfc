/**
 * The scenarios of recovery: one file for each target and final action, with every combination of counts in it. They are
 * made from here, so that none is forgotten; what comes of each is in the files, to be read.
 */

/** Servers and groups of all of them. */
const CLUSTER = "cluster servers=server1,server2 tie-breaker";

const TARGETS = {
  "local-server": { groups: ["group failover1"], word: "local-server timing=always" },
  "resource": { groups: ["group failover1"], word: "app1@failover1" },
  "group": { groups: ["group failover1"], word: "failover1" },
  "all-groups": {
    groups: ["group failover1", "group failover2 resources=vip2,app2"],
    word: "all-groups timing=always",
  },
} as const;

const FINAL_ACTIONS = ["none", "stop-resource", "stop-group", "stop-service", "shutdown", "reboot"] as const;

const COUNTS = [0, 1, 2];

/** A file: what it is called, and its commands. */
export interface EscalationFile {
  file: string;
  title: string;
  commands: string[];
}

/** All of them, without what comes of the commands. */
export function escalationFiles(): EscalationFile[] {
  return Object.entries(TARGETS).flatMap(([target, { groups, word }]) =>
    FINAL_ACTIONS.filter((final) => meaningful(target, final)).map((final) => ({
      file: `escalation_of_${target.replaceAll("-", "_")}_to_${final.replaceAll("-", "_")}.txt`,
      title:
        `# Recovery target ${target}, final action ${final}: every combination of counts, one step for each failed check.`,
      commands: [
        CLUSTER,
        ...groups,
        `monitor tcpw1 target=${word} final=${final}`,
        ...combinations(target === "local-server"),
      ],
    }))
  );
}

/** The local server has no group or resource to stop; only a resource can be stopped alone. */
function meaningful(target: string, final: string): boolean {
  if (final === "stop-resource") return target === "resource";
  return target !== "local-server" || final !== "stop-group";
}

/** The local server can't be reactivated or moved. */
function combinations(onlyScripts: boolean): string[] {
  const others = onlyScripts ? [0] : COUNTS;
  return COUNTS.flatMap((script) =>
    others.flatMap((reactivations) =>
      others.map((failovers) => `escalation script=${script} reactivations=${reactivations} failovers=${failovers}`)
    )
  );
}
