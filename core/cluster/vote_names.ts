/**
 * Names of the votes that no server has, where votes are counted together with those of servers.
 *
 * @module
 */

/** The vote of a tie-breaker. No server can have this name: names are plain words. */
export const DEVICE_VOTE = "(tie-breaker)";

/** The vote of a witness. */
export const WITNESS_VOTE = "(witness)";
