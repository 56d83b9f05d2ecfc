/**
 * How `baton run` ends, for whoever runs it: a service manager decides by it whether it starts the agent again. The table
 * for people is in docs/setup.md.
 *
 * @module
 */

/** The exit statuses of an agent. */
export const EXIT_STATUS = {
  /** It was asked to stop, and has left in order. */
  stopped: 0,
  /** Something forced it to end, or kept it from starting; the next start may succeed. */
  forced: 1,
  /** The arguments or the file are wrong: the next start ends in the same way until they are mended. */
  wrong: 2,
  /** A final action has ended it (stop-service): it stays down until somebody has looked and starts it. */
  finalAction: 3,
} as const;

/** An exit status of an agent that has run. */
export type AgentExitStatus = Exclude<(typeof EXIT_STATUS)[keyof typeof EXIT_STATUS], 2>;
