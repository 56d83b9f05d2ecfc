/**
 * New versions of drop-ins: their files are looked at from time to time, and what has changed is loaded in a new host,
 * which takes the place of the old one only when all is well with it.
 *
 * @module
 */
import type { Cell } from "./cell.ts";
import { incompatibility } from "./declaration.ts";
import { type DropIn, fingerprintOf } from "./drop_in.ts";
import type { HostProcess } from "./host_process.ts";
import type { LoadRequest } from "./protocol.ts";

/** What it works with. */
export interface NewVersionsParts {
  /** All drop-ins that are loaded. */
  dropIns(): Iterable<DropIn>;
  /** Starts a host for what is in a cell. */
  start(cell: Cell): Promise<HostProcess>;
  /** What a host is asked to load. */
  request(dropIn: DropIn): LoadRequest;
  /** Throws when one of these files should not be run. */
  trust(type: string, files: readonly string[]): Promise<void>;
  /** The longest time for loading. */
  within(): AbortSignal;
  /** Lets a host finish what it was asked, and ends it. */
  retire(host: HostProcess): void;
  /** Says something that an operator should know; a sentence without its full stop. */
  note(text: string): void;
  /** The agent ends. */
  stop: AbortSignal;
}

/** Looks for new versions, and uses them. */
export class NewVersions {
  constructor(private readonly parts: NewVersionsParts) {}

  /** Looks whether files have changed, and puts new versions in the place of the old ones. */
  async look(): Promise<void> {
    for (const dropIn of this.parts.dropIns()) {
      if (this.parts.stop.aborted) return;
      const fingerprint = await fingerprintOf(dropIn.files);
      const settled = fingerprint === dropIn.seen;
      dropIn.seen = fingerprint;
      // Half a file must not be loaded: it has to look the same twice.
      if (!settled || fingerprint === dropIn.fingerprint) continue;
      dropIn.fingerprint = fingerprint;
      await this.#reload(dropIn);
    }
  }

  /** Loads the file as it is now in a new host. The old one goes on unless all is well. */
  async #reload(dropIn: DropIn): Promise<void> {
    const { start, request, trust, within, retire, note, stop } = this.parts;
    const { cell, type } = dropIn;
    let host: HostProcess | undefined;
    try {
      await trust(type, dropIn.files);
      host = await start(cell);
      const { declaration, files } = await host.load(request(dropIn), within());
      await trust(type, files);
      const why = incompatibility(dropIn.declaration, declaration);
      if (why !== undefined) throw new Error(`${why}; start the agent again to use it`);
      dropIn.files = files;
      dropIn.fingerprint = dropIn.seen = await fingerprintOf(files);
      dropIn.added = Object.fromEntries(
        Object.entries(declaration.fallback).filter(([name]) => !Object.hasOwn(dropIn.declaration.options, name)),
      );
      dropIn.outdated = null;
      // It may have been moved meanwhile; then its next host loads the new file anyway.
      const before = dropIn.cell === cell ? cell.replace(host) : host;
      if (before) retire(before);
      note(`The new version of the drop-in ${type} is used from now on`);
    } catch (error) {
      await host?.close();
      if (stop.aborted) return;
      dropIn.outdated = error instanceof Error ? error.message : String(error);
      note(`The new version of the drop-in ${type} is not used, the one before goes on: ${dropIn.outdated}`);
    }
  }
}
