/**
 * What an action of the API is to the server.
 *
 * @module
 */
import type { Region } from "./model.ts";
import type { Query } from "./query.ts";
import type { XmlElements } from "./xml.ts";

/** What an action works with. */
export interface ActionContext {
  /** Reads may get an older copy of it. */
  region: Region;
  query: Query;
  /** The account of the caller. */
  accountId: string;
  /** Milliseconds of the sandbox's clock. */
  now: number;
  /** Milliseconds that instances take to start, and to stop when their operating system shuts down. */
  instanceDelayMs: number;
  /** Milliseconds that they take to stop when it is not asked. */
  skipShutdownDelayMs: number;
  /** Milliseconds after which a forced stop no longer waits for it. */
  forceDelayMs: number;
}

/** An action: checks everything first and throws an `Ec2Error`, then `apply`s, so that a dry run can stop between. */
export interface Action {
  /** True when it changes something. */
  mutating: boolean;
  /** False: EC2 has no dry run of it. */
  dryRun?: false;
  /** Checks the request. What it returns does the work and gives the body of the answer. */
  plan(context: ActionContext): () => XmlElements;
}

/** Actions by name. */
export type Actions = Record<string, Action>;
