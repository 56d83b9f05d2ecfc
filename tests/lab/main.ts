/**
 * The lab: `deno task lab [--json FILE] [--only FAULT] [--runs N] [--seed N] [--executable PATH] [--keep]`. Linux, root.
 * Network namespaces as servers, real agents, real addresses, real ping, real cuts; see `docs/lab.md`.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { hostsOf, type Size, topologyOf } from "./cluster.ts";
import { signalTo, sleep } from "./commands.ts";
import { FAULTS } from "./faults.ts";
import { KEEPALIVED_HOSTS } from "./keepalived.ts";
import type { Kill } from "./kills.ts";
import type { LaneNews, LaneOrder, Work } from "./lane.ts";
import { type Host, Network, removeNamespaces } from "./network.ts";
import { table } from "./table.ts";
import { ensureTools, unfit } from "./tools.ts";
import type { Row } from "./trial.ts";

const LANE = fileURLToPath(new URL("./lane.ts", import.meta.url));
/** Kills of one run, and how many networks share them. */
const KILLS = 50;
const KILL_LANES = 3;
const START_APART_MS = 4_000;
/** A lane that is not done after this, for each run, hangs. In milliseconds. */
const LANE_MS = 300_000;

const { values } = parseArgs({
  args: Deno.args,
  options: {
    json: { type: "string" },
    only: { type: "string" },
    runs: { type: "string", default: "1" },
    seed: { type: "string" },
    executable: { type: "string" },
    keep: { type: "boolean", default: false },
  },
});

/** Everything of this run has this at the beginning of its name. */
const prefix = `lab${Deno.pid}`;

class Lab {
  readonly rows: Row[] = [];
  readonly kills: Kill[] = [];
  readonly failures: string[] = [];
  looks = 0;
  readonly #children = new Set<Deno.ChildProcess>();
  readonly #stop = new AbortController();

  constructor(private readonly folder: string, private readonly runs: number, private readonly seed: number) {}

  async run(only: string | undefined): Promise<void> {
    const faults = FAULTS.map(({ name }) => name).filter((name) => only === undefined || name.includes(only));
    const first: Work[] = ([3, 2] as const).filter(() => faults.length > 0)
      .map((size) => ({ kind: "faults", size, faults, runs: this.runs }));
    const share = Math.ceil((KILLS * this.runs) / KILL_LANES);
    const then: Work[] = [];
    if (only === undefined || "kills".includes(only)) {
      for (let lane = 0, left = KILLS * this.runs; left > 0; lane++, left -= share) {
        then.push({ kind: "kills", seed: this.seed + lane, count: Math.min(share, left) });
      }
    }
    if (only === undefined || "keepalived".includes(only)) first.push({ kind: "keepalived", runs: this.runs });
    if (first.length + then.length === 0) {
      throw new Error(
        `there is no fault ${only}; there are kills, keepalived, ${FAULTS.map(({ name }) => name).join(", ")}`,
      );
    }
    // The faults of the table are measured, so little else runs beside them; the kills only have to be survived.
    await this.#side(first, "a");
    await this.#side(then, "b");
  }

  /** Lanes side by side, their starts apart: a start needs the processor that measuring needs. */
  async #side(works: readonly Work[], letter: string): Promise<void> {
    await Promise.all(works.map(async (work, index) => {
      await sleep(index * START_APART_MS);
      await this.#lane(`${letter}${index}`, work);
    }));
  }

  /** Ends all lanes at once. */
  abort(): void {
    this.#stop.abort();
    for (const { pid } of this.#children) signalTo(pid, "SIGKILL");
  }

  async #lane(name: string, work: Work): Promise<void> {
    if (this.#stop.signal.aborted) return;
    const hosts: readonly Host[] = work.kind === "keepalived"
      ? KEEPALIVED_HOSTS
      : hostsOf(topologyOf(work.kind === "faults" ? work.size as Size : 3));
    const network = await Network.make(`${prefix}${name}`, hosts);
    const folder = join(this.folder, name);
    await Deno.mkdir(folder);
    const executable = values.executable === undefined ? {} : { executable: await Deno.realPath(values.executable) };
    const order: LaneOrder = { network: network.plan(), folder, work, ...executable };
    const where = work.kind === "keepalived" ? "client" : "aws";
    const child = new Deno.Command("ip", {
      args: [
        ...["netns", "exec", network.namespace(where)],
        ...[Deno.execPath(), "run", "-A", "-q", LANE, JSON.stringify(order)],
      ],
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#children.add(child);
    const limit = setTimeout(() => signalTo(child.pid, "SIGKILL"), LANE_MS * this.runs);
    try {
      await this.#listen(child);
      const { code } = await child.status;
      if (code !== 0 && !this.#stop.signal.aborted) {
        this.failures.push(`the lane ${name} (${work.kind}) ended with ${code}`);
      }
    } finally {
      clearTimeout(limit);
      this.#children.delete(child);
    }
  }

  async #listen(child: Deno.ChildProcess): Promise<void> {
    let rest = "";
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) this.#hear(JSON.parse(line) as LaneNews);
    }
  }

  #hear(news: LaneNews): void {
    if ("row" in news) {
      const { row } = news;
      this.rows.push(row);
      const answer = row.problems.length === 0 ? "ok" : `FAILED: ${row.problems.join("; ")}`;
      console.log(`  ${row.system}, ${row.fault}: outage ${row.outageMs} ms; ${row.carried}: ${answer}`);
    } else if ("kill" in news) {
      const { kill } = news;
      this.kills.push(kill);
      const answer = kill.problems.length === 0 ? "nothing left" : `FAILED: ${kill.problems.join("; ")}`;
      console.log(
        `  kill ${this.kills.length}: ${kill.victim} ${kill.atMs} ms into ${kill.phase}, had ${kill.had}: ${answer}`,
      );
    } else if ("looks" in news) this.looks += news.looks;
    else this.failures.push(news.failure);
  }
}

async function main(): Promise<number> {
  const reason = unfit();
  if (reason !== undefined) {
    console.error(reason);
    return 2;
  }
  const runs = Number(values.runs);
  const seed = values.seed === undefined ? crypto.getRandomValues(new Uint32Array(1))[0]! : Number(values.seed);
  if (!Number.isSafeInteger(runs) || runs < 1 || !Number.isSafeInteger(seed)) {
    console.error("--runs and --seed are whole numbers; --runs is at least 1");
    return 2;
  }
  await ensureTools();
  const folder = await Deno.makeTempDir({ prefix: "baton-lab-" });
  const lab = new Lab(folder, runs, seed);
  let interrupted = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => {
      interrupted = true;
      lab.abort();
    });
  }
  const startedMs = performance.now();
  try {
    await lab.run(values.only);
  } catch (error) {
    lab.failures.push(error instanceof Error ? error.message : String(error));
  }
  lab.abort();
  await sleep(50);
  await removeNamespaces(prefix);
  const order = (row: Row) => ["baton 3", "baton 2", "keepalived"].indexOf(row.system);
  const rows = lab.rows.toSorted((a, b) => order(a) - order(b));
  const badKills = lab.kills.filter(({ problems }) => problems.length > 0);
  if (rows.length > 0) console.log(`\n${table(rows)}\n`);
  if (lab.kills.length > 0) {
    console.log(
      `${lab.kills.length} kills (seed ${seed}): after ${lab.kills.length - badKills.length} nothing was left.`,
    );
  }
  console.log(`${lab.looks} looks at who carries, ${Math.round((performance.now() - startedMs) / 1_000)} s.`);
  for (const failure of lab.failures) console.log(`FAILED: ${failure}`);
  const failed = rows.filter(({ problems }) => problems.length > 0).length + badKills.length + lab.failures.length;
  const passed = rows.length + lab.kills.length - (failed - lab.failures.length);
  if (values.json !== undefined) {
    const { kills, failures, looks } = lab;
    await Deno.writeTextFile(
      values.json,
      `${JSON.stringify({ passed, failed, seed, looks, rows, kills, failures }, null, 2)}\n`,
    );
  }
  if (failed === 0 && !interrupted && !values.keep) await Deno.remove(folder, { recursive: true });
  else console.log(`Files of the lab: ${folder}`);
  console.log(`${passed} passed, ${failed} failed`);
  return failed > 0 || interrupted ? 1 : 0;
}

Deno.exit(await main());
