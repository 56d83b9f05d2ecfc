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
  /**
   * The earlier epoch under which the holder may be active: this voter has gone on to `epoch` without a yes to it. Left
   * out: it is `epoch` itself.
   */
  under?: number;
}

/** The register of a voter that has never been asked. */
export function emptyRegister(): Register {
  return { epoch: 0, holder: null, won: false, released: true };
}

/** True when `register` names `server` as the one that may be active under `epoch`. */
export function names(register: Register, server: string, epoch: number): boolean {
  return register.holder === server && register.epoch === epoch && register.under === undefined && !register.released;
}

/**
 * What `mine` becomes after `theirs` was heard from `sender`, or `mine` itself when nothing is learnt.
 *
 * Only two things are believed without a vote: that a holder released (it can't be taken back, whoever tells), and that
 * a sender which has won a majority holds a later epoch (whoever it displaced was passive when the majority said yes).
 * A later epoch that never won is not believed: the holder before it may still be active.
 */
export function learn(mine: Register, theirs: Register, sender: string): Register {
  if (samePromise(mine, theirs)) {
    const won = mine.won || theirs.won;
    const released = mine.released || theirs.released;
    return won === mine.won && released === mine.released ? mine : { ...mine, won, released };
  }
  const later = theirs.epoch > mine.epoch || (theirs.epoch === mine.epoch && mine.under !== undefined);
  if (later && theirs.holder === sender && theirs.won) return { ...theirs };
  return mine;
}

/** Both say the same. */
export function alike(mine: Register, theirs: Register): boolean {
  return samePromise(mine, theirs) && mine.won === theirs.won && mine.released === theirs.released;
}

/** Both speak of the same promise. */
function samePromise(mine: Register, theirs: Register): boolean {
  return theirs.epoch === mine.epoch && theirs.holder === mine.holder && theirs.under === mine.under;
}

/**
 * What `mine` becomes when a vote with the memory `theirs` is added, or null when that can't be said in one register.
 *
 * What both votes have promised must hold from now on for both. A later epoch that was won ends every promise before it.
 * Else a promise, to somebody who may be active, goes before a mere epoch; and two promises to different servers can't be
 * kept by one voter. `bound` is false when this server had no vote, and so no promise, of its own.
 */
export function inherit(mine: Register, theirs: Register, bound: boolean): Register | null {
  if (samePromise(mine, theirs)) return learn(mine, theirs, "");
  if (theirs.won && theirs.epoch >= mine.epoch) return { ...theirs };
  if (mine.won && mine.epoch >= theirs.epoch) return mine;
  if (theirs.released || theirs.holder === null) {
    return theirs.epoch > mine.epoch && (!bound || mine.released) ? { ...theirs } : mine;
  }
  if (bound && !mine.released) return null;
  if (theirs.epoch >= mine.epoch) return { ...theirs };
  // It confirms nothing any more, but keeps others away until that server is silent or says that it is through.
  return {
    epoch: mine.epoch,
    holder: theirs.holder,
    won: false,
    released: false,
    under: theirs.under ?? theirs.epoch,
  };
}
