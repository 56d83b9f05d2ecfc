import { dirname, join } from "node:path";
import { syncFolder, writeSynced } from "../agent/apply/file_text.ts";
import { MAX_KEYS, newKey, readKeys } from "../agent/key.ts";
import { FAULT_CODES } from "../plugin/fault.ts";
import { AgentClient } from "./agent_client.ts";
import { type Command, print, UsageError, WorkError } from "./command.ts";
import { openConfig } from "./config_file.ts";
import { type Options, readOptions } from "./options.ts";

/** `baton key`. */
export const key: Command = {
  name: "key",
  summary: "make a new key for the interconnect, or change it while the cluster runs",
  help: `baton key > baton.key
baton key --add|--retire [-c FILE] [--yes]

Prints a new random key. Copy it to every server, readable by the agent's account only: chmod 600 baton.key.

The key of a cluster that runs is changed in three steps, and no group moves:

  1. baton key --add      on one server: a new key stands in front of the one in the key file, both are accepted
  2. copy the key file to every other server (mode 600); each agent takes it up within seconds, and sends each server
     what is signed with a key that it accepts
  3. baton key --retire   on one server, when \`baton status\` no longer names a server without the new key: the former
     key is taken out of the file; copy it to the others again

A key that is out of the file is still accepted while a server that is heard has no other one.

  --add, --retire    as above
  --yes              retire it though no agent here can say whether all servers have the new one
  -c, --config FILE  the cluster.yaml that names the key file; default: ./cluster.yaml, then /etc/baton/cluster.yaml`,

  async run(argv) {
    const options = readOptions("key", argv, { string: ["config"], boolean: ["add", "retire", "yes"] });
    if (options.boolean("add") && options.boolean("retire")) {
      throw new UsageError("one at a time: --add first, and --retire when all servers have the new key");
    }
    if (options.boolean("add")) await add((await openConfig(options.string("config"))).keyFile);
    else if (options.boolean("retire")) await retire((await openConfig(options.string("config"))).keyFile, options);
    else print(newKey());
    return 0;
  },
};

async function add(path: string): Promise<void> {
  const keys = await textsOf(path);
  if (keys.length >= MAX_KEYS) {
    throw new WorkError(
      `${path} holds ${keys.length} keys already: end that change first, with baton key --retire`,
      FAULT_CODES.key,
    );
  }
  await write(path, [newKey(), ...keys]);
  print(`${path} begins with a new key; the one before it is accepted as well`);
  print("copy the file to every other server, mode 600; when baton status names nobody without it: baton key --retire");
}

async function retire(path: string, options: Options): Promise<void> {
  const keys = await textsOf(path);
  const [first] = keys;
  if (first === undefined || keys.length < MAX_KEYS) {
    throw new WorkError(
      `${path} holds one key: there is none to retire; baton key --add begins a change`,
      FAULT_CODES.key,
    );
  }
  if (!options.boolean("yes")) await all(path, options);
  await write(path, [first]);
  print(`${path} holds the new key alone; copy the file to every other server, mode 600`);
}

/** Throws unless the agent here says that every server that is heard accepts the new key. */
async function all(path: string, options: Options): Promise<void> {
  const client = await AgentClient.find(options);
  const { keys, view } = await client.status();
  if (!keys || keys.accepted < MAX_KEYS) {
    throw new WorkError(`the agent here has not taken up ${path} yet: try again in a few seconds`, FAULT_CODES.key);
  }
  const silent = view.servers.filter(({ name, status }) => name !== view.me && status !== "online").map(({ name }) =>
    name
  );
  if (keys.waiting.length > 0 || silent.length > 0) {
    const without = keys.waiting.length === 0
      ? ""
      : `${keys.waiting.join(", ")} without the new key: copy ${path} there. `;
    const away = silent.length === 0
      ? ""
      : `${silent.join(", ")} not heard: with the former key alone nobody will understand it. `;
    throw new WorkError(
      `nothing was changed. ${without}${away}When that is meant: baton key --retire --yes`,
      FAULT_CODES.key,
    );
  }
}

async function textsOf(path: string): Promise<string[]> {
  return (await readKeys(path)).map((bytes) => new TextDecoder().decode(bytes));
}

/** Never half a file, and never one that others can read. */
async function write(path: string, keys: readonly string[]): Promise<void> {
  const next = join(dirname(path), `.baton.key.${crypto.randomUUID()}`);
  try {
    await writeSynced(next, keys.map((text) => `${text}\n`).join(""));
    await keepOwner(path, next);
    await Deno.rename(next, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await Deno.remove(next).catch(() => {});
    throw new WorkError(`${path} can't be written: ${(error as Error).message}`, FAULT_CODES.output);
  }
}

async function keepOwner(path: string, next: string): Promise<void> {
  const { uid, gid } = await Deno.stat(path);
  if (Deno.build.os === "windows" || uid === null || gid === null) return;
  const own = await Deno.stat(next);
  if (own.uid !== uid || own.gid !== gid) await Deno.chown(next, uid, gid);
}
