/**
 * The counter's books: what the client was told, against what lies on the disks of the servers.
 *
 * Each number is sent once, so it can be counted once. An acknowledgement says who gave it, under which epoch and when, by
 * a clock that all servers share. Of two carriers at once the client would see answers of two servers mixed, or an epoch
 * that two servers had, or one that came back.
 *
 * @module
 */
import type { Answer } from "../client.ts";

/** A line of a server's log. */
export interface Counted {
  server: string;
  epoch: number;
  number: number;
}

/** Examples in a message, at most. */
const MAX_EXAMPLES = 3;

/** Checks acknowledgements of which each is shown once, in any portions. */
export class Ledger {
  /** The latest acknowledgement of all so far, by the servers' clock. */
  #latest: Answer | undefined;
  /** The lines of the portion before: they may be older than their acknowledgements. */
  #before: readonly Counted[] = [];
  /** Acknowledgements so far. */
  acknowledged = 0;
  /** Lines on the servers' disks so far. */
  counted = 0;

  /** What is wrong with these answers, which are all later than those before. */
  inOrder(answers: readonly Answer[]): string[] {
    const problems: string[] = [];
    for (const answer of answers.toSorted((a, b) => a.givenMs - b.givenMs)) {
      const before = this.#latest;
      if (before && before.who !== answer.who && answer.epoch <= before.epoch) {
        problems.push(
          `number ${answer.number} was acknowledged by ${answer.who} under epoch ${answer.epoch} after ` +
            `${before.number} by ${before.who} under epoch ${before.epoch}`,
        );
      } else if (before && answer.epoch < before.epoch) {
        problems.push(`${answer.who} acknowledged ${answer.number} under ${answer.epoch}, after ${before.epoch}`);
      }
      this.#latest = answer;
    }
    this.acknowledged += answers.length;
    return brief(problems);
  }

  /** What is wrong between these answers and the lines that the servers have written meanwhile. */
  onDisk(answers: readonly Answer[], lines: readonly Counted[]): string[] {
    const problems: string[] = [];
    const written = new Map<number, Counted>();
    for (const line of [...this.#before, ...lines]) {
      const twice = written.get(line.number);
      if (twice) problems.push(`number ${line.number} was counted by ${twice.server} and by ${line.server}`);
      written.set(line.number, line);
    }
    for (const { number, who, epoch } of answers) {
      const line = written.get(number);
      if (!line) problems.push(`number ${number} was acknowledged by ${who}, but is in no log`);
      else if (line.server !== who || line.epoch !== epoch) {
        problems.push(
          `number ${number} was acknowledged by ${who} under epoch ${epoch}, and counted by ${line.server} under ` +
            `${line.epoch}`,
        );
      }
    }
    this.counted += lines.length;
    this.#before = lines;
    return brief(problems);
  }
}

function brief(problems: readonly string[]): string[] {
  const more = problems.length - MAX_EXAMPLES;
  return more > 0 ? [...problems.slice(0, MAX_EXAMPLES), `and ${more} more like these`] : [...problems];
}
