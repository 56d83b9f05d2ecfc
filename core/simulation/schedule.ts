/**
 * A queue of things that happen at a virtual time: a binary heap, first come first served at equal times.
 *
 * @module
 */

/** The queue. */
export class Schedule {
  #heap: { ms: number; order: number; run: () => void }[] = [];
  #order = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** When the next thing happens; Infinity when nothing will. */
  get nextMs(): number {
    return this.#heap[0]?.ms ?? Infinity;
  }

  at(ms: number, run: () => void): void {
    const heap = this.#heap;
    heap.push({ ms, order: this.#order++, run });
    let i = heap.length - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!this.#before(i, parent)) break;
      this.#swap(i, parent);
      i = parent;
    }
  }

  pop(): { ms: number; run: () => void } | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined) return undefined;
    if (heap.length > 0) {
      heap[0] = last;
      let i = 0;
      for (;;) {
        const left = 2 * i + 1;
        let least = left < heap.length && this.#before(left, i) ? left : i;
        if (left + 1 < heap.length && this.#before(left + 1, least)) least = left + 1;
        if (least === i) break;
        this.#swap(i, least);
        i = least;
      }
    }
    return first;
  }

  #before(a: number, b: number): boolean {
    const x = this.#heap[a]!;
    const y = this.#heap[b]!;
    return x.ms < y.ms || (x.ms === y.ms && x.order < y.order);
  }

  #swap(a: number, b: number): void {
    const heap = this.#heap;
    const item = heap[a]!;
    heap[a] = heap[b]!;
    heap[b] = item;
  }
}
