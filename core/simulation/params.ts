/**
 * The parameters of an action, read and checked.
 *
 * @module
 */
import type { Action } from "./plan.ts";

/** Reads the parameters of one action; what is wrong with them is said with its name. */
export class Params {
  constructor(private readonly action: Action) {}

  has(key: string): boolean {
    return this.action.params[key] !== undefined;
  }

  text(key: string): string {
    const value = this.action.params[key];
    if (typeof value !== "string") throw this.#wrong(key, "a word");
    return value;
  }

  number(key: string, fallback?: number): number {
    const value = this.action.params[key] ?? fallback;
    if (typeof value !== "number") throw this.#wrong(key, "a number");
    return value;
  }

  range(key: string, fallback?: readonly [number, number]): [number, number] {
    const value = this.action.params[key] ?? fallback;
    if (typeof value !== "object") throw this.#wrong(key, "a range from..to");
    return [value[0], value[1]];
  }

  /** Words with commas between them; empty for `none`. */
  list(key: string): string[] {
    const text = this.text(key);
    return text === "none" ? [] : text.split(",");
  }

  #wrong(key: string, wanted: string): Error {
    return new Error(`${this.action.what}: ${key} has to be ${wanted}`);
  }
}
