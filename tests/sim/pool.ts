/** Hands seeds to workers, a few at a time, so that none waits long for another. */
import { add, type Figures, nothing, type Order, runBatch } from "./batch.ts";
import type { Kind } from "./kinds.ts";

/** Seeds that a worker gets at once. */
const CHUNK = 50;
/** Far longer than any chunk has taken, in milliseconds. */
const DEADLINE_MS = 600_000;

/** What is to be run. */
export interface Search {
  first: number;
  seeds: number;
  jobs: number;
  kind?: Kind;
  /** No further seeds are handed out after so many violations. */
  enough: number;
  /** Hears of figures as they come in. */
  onFigures?(figures: Figures): void;
}

/** Runs all seeds; returns the sum. */
export async function search({ first, seeds, jobs, kind, enough, onFigures }: Search): Promise<Figures> {
  const sum = nothing();
  let next = first;
  const end = first + seeds;
  async function work(run: (order: Order) => Figures | Promise<Figures>): Promise<void> {
    while (next < end && sum.failures.length < enough) {
      const order: Order = { first: next, seeds: Math.min(CHUNK, end - next), ...(kind ? { kind } : {}) };
      next += order.seeds;
      const figures = await run(order);
      add(sum, figures);
      onFigures?.(figures);
    }
  }
  if (jobs === 1) await work(runBatch);
  else {
    const workers = Array.from(
      { length: jobs },
      () => new Worker(new URL("./worker.ts", import.meta.url), { type: "module" }),
    );
    try {
      await Promise.all(workers.map((worker) => work((order) => ask(worker, order))));
    } finally {
      for (const worker of workers) worker.terminate();
    }
  }
  sum.failures.sort((a, b) => a.seed - b.seed);
  return sum;
}

function ask(worker: Worker, order: Order): Promise<Figures> {
  const { promise, resolve, reject } = Promise.withResolvers<Figures>();
  const timer = setTimeout(() => reject(new Error(`seeds from ${order.first}: no answer in time`)), DEADLINE_MS);
  worker.onmessage = ({ data }: MessageEvent<Figures>) => resolve(data);
  worker.onerror = (event) => {
    event.preventDefault();
    reject(new Error(`seeds from ${order.first}: ${event.message}`));
  };
  worker.postMessage(order);
  return promise.finally(() => clearTimeout(timer));
}
