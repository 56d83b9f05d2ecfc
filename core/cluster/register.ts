/**
 * What a voter remembers of a group: to whom it gave it, under which epoch, and what became of that.
 *
 * Registers are the whole durable memory of ownership. A voter writes one before it says yes, and its epoch never
 * decreases, so a yes can't be forgotten by a restart or given twice.
 *
 * @module
 */

/** A voter's memory of one group. */
export interface Register {
  /** Of the latest yes; 0 when there was none. */
  epoch: number;
  /** Who got it; null when nobody did. */
  holder: string | null;
  /** The holder said that it has won a majority for this epoch. */
  won: boolean;
  /** The holder said that it is through with this epoch: everything stopped, or never started. */
  released: boolean;
}

/** The register of a voter that has never been asked. */
export function emptyRegister(): Register {
  return { epoch: 0, holder: null, won: false, released: true };
}

/** True when `register` names `server` as the one that may be active under `epoch`. */
export function names(register: Register, server: string, epoch: number): boolean {
  return register.holder === server && register.epoch === epoch && !register.released;
}

/**
 * What `mine` becomes after `theirs` was heard from `sender`, or `mine` itself when nothing is learnt.
 *
 * Only two things are believed without a vote: that a holder released (it can't be taken back, whoever tells), and that
 * a sender which has won a majority holds a later epoch (whoever it displaced was passive when the majority said yes).
 * A later epoch that never won is not believed: the holder before it may still be active.
 */
export function learn(mine: Register, theirs: Register, sender: string): Register {
  const same = theirs.epoch === mine.epoch && theirs.holder === mine.holder;
  if (same) {
    const won = mine.won || theirs.won;
    const released = mine.released || theirs.released;
    return won === mine.won && released === mine.released ? mine : { ...mine, won, released };
  }
  if (theirs.epoch > mine.epoch && theirs.holder === sender && theirs.won) return { ...theirs };
  return mine;
}
