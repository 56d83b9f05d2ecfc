/** Servers that give each other files, without agents around them: their files are real, what is between them is not. */
import { join } from "node:path";
import { Applying } from "../../../../core/agent/apply/applying.ts";
import { Coordinator } from "../../../../core/agent/apply/coordinator.ts";
import { digestOf } from "../../../../core/agent/apply/file_text.ts";
import type { View } from "../../../../core/cluster/view.ts";
import type { ClusterConfig } from "../../../../core/config/config.ts";
import { read, yaml } from "../../../unit/config/fakes.ts";

const NAMES = ["server1", "server2", "server3"];

/** One of them. */
export interface FileServer {
  name: string;
  path: string;
  coordinator: Coordinator;
  applying: Applying;
}

/** A file of the three servers with a monitor of this interval. */
export function fileWith(interval: number): string {
  return yaml({
    servers: `servers: { ${NAMES.map((name, at) => `${name}: { interconnect: 10.0.0.${at + 1} }`).join(", ")} }`,
    monitors: `monitors: { m: { type: aws-az, zone: z, interval: ${interval}s } }`,
  });
}

/** Three servers with the file of `fileWith(1)`; checking a file and a question take up to `slowMs`. */
export async function withServers(work: (servers: FileServer[]) => Promise<void>, slowMs = 0): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "baton-test-" });
  const servers = new Map<string, FileServer>();
  const pause = () => new Promise((resolve) => setTimeout(resolve, Math.random() * slowMs));
  const load = async (path: string): Promise<ClusterConfig> => {
    const text = await Deno.readTextFile(path);
    await pause();
    return { ...await read(text), path, digest: await digestOf(text) };
  };
  const view = {
    votes: { visible: NAMES, total: 3, majority: 2, quorum: true },
    tieBreaker: null,
    servers: NAMES.map((name) => ({ name, status: "online", votes: [name] })),
    groups: [],
  } as unknown as View;
  try {
    for (const name of NAMES) {
      const dir = join(folder, name);
      await Deno.mkdir(join(dir, "state"), { recursive: true });
      const path = join(dir, "cluster.yaml");
      await Deno.writeTextFile(path, fileWith(1), { mode: 0o644 });
      const running = { ...await load(path), stateDir: join(dir, "state") };
      const applying: Applying = await Applying.open({
        server: name,
        running: () => running,
        load: async (file) => ({ ...await load(file), stateDir: running.stateDir }),
        view: () => view,
        note: () => {},
        ask: async (server, question) => {
          await pause();
          return await servers.get(server)!.applying.answer(name, JSON.parse(JSON.stringify(question)));
        },
        goBack: () => Promise.resolve(),
        swap: () => Promise.resolve(),
        move: () => undefined,
        restart: () => {},
      });
      servers.set(name, { name, path, applying, coordinator: new Coordinator(applying) });
    }
    await work([...servers.values()]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
