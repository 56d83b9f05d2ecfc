/**
 * What must survive a restart and a power loss. Nothing of it is promised to anybody before it is on the disk, see `disk.ts`.
 *
 * @module
 */
import type { Intent } from "./message.ts";
import type { Register } from "./register.ts";

/** The durable memory of one server. */
export interface DurableState {
  registers: Record<string, Register>;
  intents: Record<string, Intent>;
  /** Group -> the latest version of its intent whose move has been dealt with: a move is never made twice. */
  served: Record<string, number>;
  handover: DurableHandover;
  /** The longest time for which this server has promised to wait for a silent holder, in milliseconds. */
  patienceMs: number;
  /** How long others said that they wait; who has other times may be out of sight after a restart. In milliseconds. */
  theirPatienceMs: Record<string, number>;
}

/** Votes given away and held for others, see `handover.ts`. */
export interface DurableHandover {
  /** The server's own vote, when it gave it away; null while it holds it. */
  given: { to: string; serial: number; votes: Record<string, number> } | null;
  /** Serial number of the latest handover of the own vote. */
  serial: number;
  held: Record<string, number>;
  /** Handovers that are over; the own entry is there once the own serial number is known for sure. */
  closed: Record<string, number>;
  /** Others' votes that were passed on: server -> serial number. */
  moved: Record<string, number>;
  /** Servers whose vote may have passed through here before this server lost its memory. */
  unsure: string[];
}

/** The memory of a server that starts for the first time. */
export function emptyDurableState(): DurableState {
  return {
    registers: {},
    intents: {},
    served: {},
    handover: { given: null, serial: 0, held: {}, closed: {}, moved: {}, unsure: [] },
    patienceMs: 0,
    theirPatienceMs: {},
  };
}
