/**
 * What Baton itself needs on this machine: a folder it can write, and the key.
 *
 * @module
 */
import { statfs } from "node:fs";
import { promisify } from "node:util";
import { dirname, join } from "node:path";
import type { ClusterConfig } from "../config/config.ts";
import { exposed } from "../plugin/ownership.ts";
import { FAULT_CODES, type FaultCode } from "../plugin/fault.ts";
import { broken, doubtful, type Finding, fine, unclear } from "../plugin/finding.ts";

/** Below this much free space the journal may be cut; four old ones and the current one are kept. In bytes. */
const WANTED_BYTES = 64 * 1024 * 1024;
/** Below this the state itself may not be written any more. In bytes. */
const NEEDED_BYTES = 4 * 1024 * 1024;
/** Drop-ins that are looked at. */
const MAX_DROP_INS = 500;
/** The least length of a key, in characters: as much as the hash it is used with. */
const KEY_CHARACTERS = 32;

/**
 * Looks at the state folder, at the key, and at who could change the file and the drop-ins. `running`: an agent has the
 * folder, so one that is not there was deleted.
 */
export async function machineFindings(
  { stateDir, keyFile, path }: Pick<ClusterConfig, "stateDir" | "keyFile" | "path">,
  slowDiskMs: number,
  running: boolean,
): Promise<Finding[]> {
  return [
    ...await stateFindings(stateDir, slowDiskMs, running),
    await keyFinding(keyFile),
    ...await ownedFindings(path),
  ];
}

/** An agent refuses to start with what others could change. */
async function ownedFindings(path: string): Promise<Finding[]> {
  const findings = [
    await exposedFinding(path, path, FAULT_CODES.fileText) ?? fine(path, "only its owner can change it"),
  ];
  const folder = join(dirname(path), "plugins");
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(folder)) if (names.length < MAX_DROP_INS) names.push(name);
  } catch {
    // Most have none.
  }
  for (const name of names.sort()) {
    const file = join(folder, name);
    const finding = await exposedFinding(file, file, FAULT_CODES.fileType);
    if (finding !== undefined) findings.push(finding);
  }
  return findings;
}

async function exposedFinding(what: string, path: string, code: FaultCode): Promise<Finding | undefined> {
  try {
    const open = await exposed(path);
    return open && broken(what, code, open.message, open.remedy);
  } catch (error) {
    return unclear(what, code, `whose it is can't be seen (${(error as Error).message})`);
  }
}

async function stateFindings(folder: string, limitMs: number, running: boolean): Promise<Finding[]> {
  const makes = !running && await Deno.lstat(folder).then(() => false, () => true);
  try {
    return await writtenFindings(folder, limitMs, makes);
  } finally {
    // The agent makes its own, as its own account.
    if (makes) await Deno.remove(folder).catch(() => {});
  }
}

async function writtenFindings(folder: string, limitMs: number, makes: boolean): Promise<Finding[]> {
  const open = await exposedFinding(`state ${folder}`, folder, FAULT_CODES.stateFolder);
  if (open !== undefined) return [open];
  const probe = join(folder, `.preflight-${crypto.randomUUID()}`);
  const what = `state ${folder}`;
  const startedMs = performance.now();
  let tookMs = 0;
  try {
    if (makes) await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
    using file = await Deno.open(probe, { write: true, createNew: true, mode: 0o600 });
    await file.write(new TextEncoder().encode("preflight\n"));
    await file.syncData();
    tookMs = performance.now() - startedMs;
  } catch (error) {
    return [broken(
      what,
      FAULT_CODES.stateFolder,
      `the folder can't be written (${(error as Error).message}); without memory a server has no vote`,
      "let the account of the agent write there, or set state in cluster.yaml",
    )];
  } finally {
    await Deno.remove(probe).catch(() => {});
  }
  return [await spaceFinding(what, folder), ...speedFindings(what, tookMs, limitMs)];
}

/** A vote is on the disk before anybody hears of it. */
export function speedFindings(what: string, tookMs: number, limitMs: number): Finding[] {
  if (tookMs <= limitMs) return [];
  return [doubtful(
    what,
    FAULT_CODES.stateFolder,
    `a synced write took ${Math.round(tookMs)} ms, and with this timing a disk is slow above ${
      Math.round(limitMs)
    } ms: ` +
      "its votes come late, and another server is named for a group where one could carry it",
    "see what keeps the disk busy, or set state to a folder on another one",
  )];
}

async function spaceFinding(what: string, folder: string): Promise<Finding> {
  try {
    const { bavail, bsize } = await promisify(statfs)(folder);
    const free = Number(bavail) * Number(bsize);
    const shown = `${Math.floor(free / 1024 / 1024)} MiB are free`;
    const remedy = "make room on its file system, or set state to a folder on another one";
    if (free < NEEDED_BYTES) return broken(what, FAULT_CODES.stateFolder, shown, remedy);
    if (free < WANTED_BYTES) return doubtful(what, FAULT_CODES.stateFolder, shown, remedy);
    return fine(what, `it can be written, ${shown}`);
  } catch (error) {
    return unclear(what, FAULT_CODES.stateFolder, `how much space is free is not known (${(error as Error).message})`);
  }
}

async function keyFinding(path: string): Promise<Finding> {
  const what = `key ${path}`;
  const open = await exposedFinding(what, path, FAULT_CODES.key);
  if (open !== undefined) return open;
  try {
    const { mode } = await Deno.stat(path);
    const length = (await Deno.readTextFile(path)).trim().length;
    if (Deno.build.os !== "windows" && mode !== null && (mode & 0o077) !== 0) {
      return broken(what, FAULT_CODES.key, "it can be read by others", `chmod 600 ${path}`);
    }
    if (length < KEY_CHARACTERS) {
      return broken(
        what,
        FAULT_CODES.key,
        `it has ${length} characters; ${KEY_CHARACTERS} or more are needed`,
        "make one with `baton key`, and copy it to every server",
      );
    }
    return fine(what, "only its owner can read it");
  } catch (error) {
    const missing = error instanceof Deno.errors.NotFound;
    return broken(
      what,
      FAULT_CODES.key,
      missing ? "it does not exist" : `it can't be read (${(error as Error).message})`,
      `make one with \`baton key > ${path}\`, and copy it to every server`,
    );
  }
}
