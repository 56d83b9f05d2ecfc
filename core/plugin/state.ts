/**
 * What plugins keep between calls.
 *
 * @module
 */
import { join } from "node:path";
import { replaceFile } from "./files.ts";
import type { Json, PluginState } from "./helpers.ts";

/** The most that is kept, in characters of JSON. */
const MAX_STATE = 16 * 1024;

/** Kept as long as the program runs. */
export function memoryState(): PluginState {
  let text = "null";
  return {
    get: () => Promise.resolve(JSON.parse(text)),
    set: (value) => Promise.resolve(void (text = written(value))),
  };
}

/** Kept in `folder`, for the resource, monitor or device `name`. */
export function fileState(folder: string, name: string): PluginState {
  // Names are letters, digits, dots, dashes and underscores, so they name files too.
  const path = join(folder, `state-${name}.json`);
  return {
    async get(): Promise<Json> {
      try {
        return JSON.parse(await Deno.readTextFile(path));
      } catch (error) {
        // Half a file can't be; one that somebody has changed is as good as none.
        if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return null;
        throw error;
      }
    },
    async set(value) {
      await replaceFile(path, written(value));
    },
  };
}

function written(value: Json): string {
  const text = JSON.stringify(value);
  if (text === undefined) throw new TypeError("state.set takes what JSON can hold");
  if (text.length > MAX_STATE) {
    throw new TypeError(`the state has ${text.length} characters; at most ${MAX_STATE} are kept`);
  }
  return text;
}
