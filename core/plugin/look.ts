/** From one look of a monitor at this machine to the next, in milliseconds; see `look` in the contract. */
export const LOOK_MS = 5_000;
