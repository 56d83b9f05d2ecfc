/**
 * The engine of one agent, from what is on the disk.
 *
 * @module
 */
import { Engine } from "../cluster/engine.ts";
import { toSpec } from "../config/spec.ts";
import type { AgentParts } from "./agent_parts.ts";
import type { Recalled } from "./state_file.ts";

/** A new life of a server. `nowMs`: of the clock it will be stepped with; `powerActions`: within the last hour. */
export function engineOf(
  { config, server, noPower = false }: Pick<AgentParts, "config" | "server" | "noPower">,
  { state, remembers }: Recalled,
  nowMs: number,
  powerActions: number,
): Engine {
  return new Engine({
    spec: toSpec(config),
    me: server,
    incarnation: crypto.randomUUID(),
    durable: state,
    remembers,
    nowMs,
    seed: crypto.getRandomValues(new Uint32Array(1))[0]!,
    powerActions,
    noPower,
  });
}
