/**
 * What can be told of a `cluster.yaml` that can't be read: where its agent listens. An agent reads the file once, when it
 * starts, so a mistake that was made in it since must not keep anybody from asking and operating the agent that runs.
 *
 * @module
 */
import { dirname, resolve } from "node:path";
import { defaultStateDir } from "../config/load.ts";

/** Where an agent listens, and where it keeps its state. */
export interface AgentPlace {
  url: string;
  stateDir: string;
}

/** By the lines `status:` and `state:` of the text, as far as they are there; the defaults otherwise. */
export function placeIn(text: string, path: string): AgentPlace {
  const value = (key: string) => new RegExp(`^${key}:[ \\t]+["']?([^\\s"'#{\\[]+)`, "m").exec(text)?.[1];
  const status = value("status") ?? "127.0.0.1:7711";
  const state = value("state");
  return {
    url: `http://${status}`,
    stateDir: state === undefined
      ? defaultStateDir(Deno.build.os, (name) => Deno.env.get(name))
      : resolve(dirname(resolve(path)), state),
  };
}
