/**
 * Servers that are there but not understood, drawn into a history beside its other faults. From a stream of their own, so
 * that the rest of the history is the same with and without them.
 */
import type { ClusterSpec } from "../../core/cluster/spec.ts";
import type { Random } from "../../core/simulation/random.ts";
import type { Draft } from "./draft.ts";

/** Share of the histories that have some; a weak vote is what they are about. */
const SHARE = 0.15;
const SHARE_WEAK = 0.5;

/** Draws them. `steady`: processes that have heard each other live on, and no more is promised of cut links than that. */
export function misunderstand(spec: ClusterSpec, steady: boolean, random: Random, draft: Draft): void {
  if (!random.chance(spec.tieBreaker ? SHARE_WEAK : SHARE)) return;
  const { servers } = spec;
  const rounds = 1 + Math.floor(random.next() * 4);
  for (let round = 0; round < rounds; round++) {
    const inMs = -random.next() * draft.nowMs;
    const kind = random.next();
    if (kind < 0.3) {
      const others = (server: string) => servers.filter((other) => other !== server);
      const to = random.pick(servers);
      draft.act("forge", { server: to, as: random.pick(others(to)) }, inMs);
    } else if (steady) continue;
    else if (kind < 0.65) {
      const ways = servers.flatMap((from) =>
        servers.filter((to) => from !== to && random.chance(0.7)).map((to) => `${from}>${to}`)
      );
      draft.act("narrow", { ways: ways.length === 0 ? "none" : ways.join(",") }, inMs);
      if (random.chance(0.5)) draft.act("crash", { server: random.pick(servers) }, inMs + random.between(500, 6_000));
    } else {
      const all = random.chance(0.4);
      for (const server of servers) {
        if (!all && random.chance(0.6)) continue;
        draft.act("rekey", { server, key: 1 + Math.floor(random.next() * 2) }, inMs);
        const restartMs = inMs + random.between(0, 3_000);
        draft.act(random.pick(["kill", "crash", "leave"]), { server }, restartMs);
        draft.act("start", { server }, restartMs + random.between(50, 4_000));
      }
    }
  }
}
