/**
 * The catalogue of numbers: one entry for each that a built-in type, the agent or a command can give.
 *
 * @module
 */
import { WARNING_OFFSET } from "../cluster/numbered.ts";
import { canMeet } from "./areas.ts";
import { ADDRESS, NIC, ROUTE, SOURCE_DEST_CHECK } from "./codes/addresses.ts";
import { BOOT, CLOCK, DIFFERS, FILTER, FOREIGN, PATH } from "./codes/between.ts";
import { UNCLEAR } from "./codes/unclear.ts";
import { ARGUMENTS, NO_AGENT, OUTPUT, REFUSED } from "./codes/command.ts";
import { FILE_NAME, FILE_SENSE, FILE_TEXT, FILE_TIMES, FILE_TYPE, FILE_VALUE } from "./codes/file.ts";
import { AUTOSTART, CONDITIONS, CREDENTIALS, ROUTE_ROW, UNIT, WAY_OUT } from "./codes/foundations.ts";
import { INTERNAL, PROGRAM } from "./codes/machine.ts";
import { ADDRESS_TAKEN, NO_LINK, RECORD_CHANGED } from "./codes/names.ts";
import { REQUEST } from "./codes/request.ts";
import { IDENTITY, KEY, PORT, STATE_FOLDER, WATCHDOG } from "./codes/start.ts";
import { TIMEOUT } from "./codes/timeout.ts";
import type { Cause, CodeEntry } from "./entry.ts";

/** All entries, by their numbers. */
export const CODES: readonly CodeEntry[] = [
  PROGRAM,
  REQUEST,
  TIMEOUT,
  ADDRESS,
  ROUTE,
  NIC,
  SOURCE_DEST_CHECK,
  ADDRESS_TAKEN,
  NO_LINK,
  RECORD_CHANGED,
  CLOCK,
  PATH,
  FILTER,
  BOOT,
  FOREIGN,
  DIFFERS,
  CREDENTIALS,
  WAY_OUT,
  ROUTE_ROW,
  CONDITIONS,
  AUTOSTART,
  UNCLEAR,
  UNIT,
  INTERNAL,
  FILE_TEXT,
  FILE_VALUE,
  FILE_NAME,
  FILE_TIMES,
  FILE_TYPE,
  FILE_SENSE,
  KEY,
  IDENTITY,
  STATE_FOLDER,
  PORT,
  WATCHDOG,
  ARGUMENTS,
  NO_AGENT,
  REFUSED,
  OUTPUT,
];

/** What a number means: its entry, and whether it is the warning of it. */
export interface Meaning {
  entry: CodeEntry;
  /** The number is the entry's + 100. */
  warning: boolean;
}

/** Looks a number up; undefined when no type that is built in gives it. */
export function meaningOf(code: number): Meaning | undefined {
  const exact = CODES.find((entry) => entry.code === code);
  if (exact) return { entry: exact, warning: false };
  const entry = CODES.find((each) => each.code + WARNING_OFFSET === code);
  return entry && { entry, warning: true };
}

/**
 * The causes: those that the message shows, the likeliest first, and the others. With the type that gave the number only
 * those that it can meet.
 */
export function causesOf(
  entry: CodeEntry,
  message: string | undefined,
  type?: string,
): { shown: Cause[]; others: Cause[] } {
  const met = entry.causes.filter((cause) => canMeet(type, cause));
  if (message === undefined) return { shown: [], others: met };
  const shown = met.filter(({ sign }) => sign?.test(message));
  return { shown, others: met.filter((cause) => !shown.includes(cause)) };
}
