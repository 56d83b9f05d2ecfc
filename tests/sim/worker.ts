/** One of several workers: takes orders, answers each with its figures. */
import { type Order, runBatch } from "./batch.ts";

const scope = self as unknown as {
  onmessage: (message: MessageEvent<Order>) => void;
  postMessage(answer: unknown): void;
};

scope.onmessage = ({ data }) => scope.postMessage(runBatch(data));
