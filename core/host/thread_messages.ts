/**
 * What the two threads of a host say to each other: the messages of the agent, and a few of their own.
 *
 * @module
 */
import type { FromHost, HostPermissions, ToHost } from "./protocol.ts";

/** Starts the plugins' thread. */
export interface ThreadStart {
  /** Everything else goes through it: plugins can reach the thread's own messages, but not this. */
  port: MessagePort;
  /** One number: the call whose code is running, as far as that is known; 0 when it is not. */
  running: SharedArrayBuffer;
  permissions: HostPermissions;
  scratch: string;
  /** Whether the program can import TypeScript from the disk: its threads don't know what it is. */
  typescript: boolean;
  /** Of the simulated machine; empty: the real one. */
  machine: string;
  hostname: string;
}

/** To the plugins' thread. */
export type ToThread = Exclude<ToHost, { t: "hello" }> | { t: "ping" };

/** From the plugins' thread. */
export type FromThread = Exclude<FromHost, { t: "begun" | "ended" }> | { t: "ready" } | { t: "pong" };
