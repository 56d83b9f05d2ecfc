/**
 * What others can make this server say, over whatever entrance: said once, then counted, and the count said once a
 * minute. However much a stranger sends, the journal grows by a few lines an hour.
 *
 * @module
 */
import { Allowance } from "./allowance.ts";

/** The same is said again after this, with how often it has come meanwhile. In milliseconds. */
const PAUSE_MS = 60_000;
/** Kinds that are told apart; what is beyond them is counted together. */
const MAX_KINDS = 20;
/** Lines in a second on average, and at once: whoever invents ever new kinds is no louder than the clock. */
const LINES = { perSecond: 1 / 60, atOnce: MAX_KINDS };
const OTHERS = "other things were refused on the interconnect";

interface Kind {
  /** When it was said last. */
  saidMs: number;
  /** When it came last. */
  latestMs: number;
  /** How often it has come since it was said. */
  unsaid: number;
}

/** Says what was refused, within bounds. */
export class Refusals {
  readonly #kinds = new Map<string, Kind>();
  readonly #lines = new Allowance(LINES.perSecond, LINES.atOnce);

  /** @param say Gets a sentence without its full stop. */
  constructor(private readonly say: (text: string) => void, private readonly nowMs = () => performance.now()) {}

  /**
   * Something was refused. `text` says what and why, and is the kind; `detail` (an address) is told, but makes no other
   * kind: who invents addresses must not fill the journal.
   */
  count(text: string, detail = ""): void {
    const nowMs = this.nowMs();
    let kind = this.#kinds.get(text);
    if (!kind && this.#kinds.size >= MAX_KINDS) {
      // Room for new ones is made only by what has not come for long.
      for (const [old, { latestMs }] of this.#kinds) if (nowMs - latestMs >= PAUSE_MS) this.#kinds.delete(old);
      if (this.#kinds.size >= MAX_KINDS) {
        text = OTHERS;
        detail = "";
        kind = this.#kinds.get(text);
      }
    }
    if (!kind) this.#kinds.set(text, kind = { saidMs: -Infinity, latestMs: nowMs, unsaid: 0 });
    kind.latestMs = nowMs;
    kind.unsaid += 1;
    if (nowMs - kind.saidMs < PAUSE_MS || !this.#lines.take(nowMs)) return;
    const more = kind.unsaid > 1 ? `; ${kind.unsaid} times since this was said last` : "";
    Object.assign(kind, { saidMs: nowMs, unsaid: 0 });
    this.say(`${text}${detail}${more}`);
  }
}
