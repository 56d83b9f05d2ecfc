/** The detection time of `timing: fast`, in milliseconds. */
export const TAKEOVER_MS = 3_000;
/** What the takeover itself may take on top of the detection time, in milliseconds. */
export const MOVE_MS = 500;
/** Both agents start, hear each other and activate with cold caches, in milliseconds. */
export const START_MS = 10_000;
