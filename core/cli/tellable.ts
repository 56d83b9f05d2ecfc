/**
 * What an operator reads when a command ends with an error, and with which exit status it ends. Each kind of error has a
 * number, which stands at its end for `baton explain`.
 *
 * @module
 */
import { IdentityError } from "../agent/identity.ts";
import { InterconnectError } from "../agent/interconnect.ts";
import { KeyError } from "../agent/key.ts";
import { StateError } from "../agent/state_file.ts";
import { numberOf, sentenceOf } from "../agent/told.ts";
import { WatchdogError } from "../agent/watchdog.ts";
import { ConfigError } from "../config/problem.ts";
import { StatusError } from "../http/serve.ts";
import { explained } from "../plugin/explained.ts";
import { Fault, FAULT_CODES, type FaultCode } from "../plugin/fault.ts";
import { PluginError } from "../plugin/plugin_error.ts";
import { UsageError, WorkError } from "./command.ts";

/** An error as it is told. */
export interface Tellable {
  text: string;
  /** 1: it did not work; 2: it was asked wrongly. */
  status: 1 | 2;
  /** Each line begins with a file and a line in it. */
  located?: boolean;
}

/** A kind of error whose message is a sentence for the operator. */
// deno-lint-ignore no-explicit-any -- the constructors take different things, and none is called.
type Kind = abstract new (...args: any[]) => Error;

/** The number and the exit status of each kind that has always the same. */
const KINDS: readonly (readonly [Kind, FaultCode, 1 | 2])[] = [
  [IdentityError, FAULT_CODES.identity, 2],
  [KeyError, FAULT_CODES.key, 2],
  [PluginError, FAULT_CODES.fileType, 2],
  [StateError, FAULT_CODES.stateFolder, 1],
  [InterconnectError, FAULT_CODES.port, 1],
  [StatusError, FAULT_CODES.port, 1],
  [WatchdogError, FAULT_CODES.watchdog, 1],
];

/** The text for anything that a command can throw. */
export function tellable(error: unknown): Tellable {
  if (error instanceof ConfigError) return { text: error.toString(), status: 2, located: true };
  if (error instanceof Fault) return { text: explained(sentenceOf(error), numberOf(error)), status: 1 };
  if (error instanceof UsageError) return { text: explained(error.message, error.code), status: 2 };
  if (error instanceof WorkError) return { text: explained(error.message, error.code), status: 1 };
  const kind = KINDS.find(([kind]) => error instanceof kind);
  if (kind !== undefined) return { text: explained((error as Error).message, kind[1]), status: kind[2] };
  // Nobody foresaw it: where it came from is what a report of it needs.
  const text = error instanceof Error ? error.stack ?? error.message : String(error);
  return { text: explained(text, numberOf(error)), status: 1 };
}
