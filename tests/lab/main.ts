/**
 * The lab: `deno task lab [--json FILE] [--only FAULT] [--runs N] [--seed N] [--executable PATH] [--keep]`, or
 * `deno task lab --faults N [--from N] [--networks N] [--seed N] …`. Linux, root.
 * Network namespaces as servers, real agents, real addresses, real ping, real cuts; see `docs/lab.md`.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { signalTo, sleep } from "./commands.ts";
import type { Episode } from "./drawn/episode.ts";
import { busy, complaint, distributions, distributionTable } from "./drawn/report.ts";
import { FAULTS } from "./faults.ts";
import { KEEPALIVED_HOSTS } from "./keepalived.ts";
import type { Kill } from "./kills.ts";
import { hostsOf, type Kind, KINDS, LABELS } from "./kinds.ts";
import { kindOf, type LaneNews, type LaneOrder, type Work } from "./lane.ts";
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
/** On top of that, for each drawn fault. In milliseconds. */
const DRAWN_MS = 30_000;

const { values } = parseArgs({
  args: Deno.args,
  options: {
    json: { type: "string" },
    only: { type: "string" },
    runs: { type: "string", default: "1" },
    seed: { type: "string" },
    faults: { type: "string" },
    from: { type: "string", default: "0" },
    networks: { type: "string", default: "2" },
    executable: { type: "string" },
    keep: { type: "boolean", default: false },
  },
});

/** Everything of this run has this at the beginning of its name. */
const prefix = `lab${Deno.pid}`;

class Lab {
  readonly rows: Row[] = [];
  readonly kills: Kill[] = [];
  readonly episodes: Episode[] = [];
  readonly failures: string[] = [];
  looks = 0;
  readonly #children = new Set<Deno.ChildProcess>();
  readonly #stop = new AbortController();

  constructor(private readonly folder: string, private readonly runs: number, private readonly seed: number) {}

  async run(only: string | undefined): Promise<void> {
    const table = (cluster: Kind): Work[] => {
      const faults = FAULTS.filter(({ name, clusters }) =>
        clusters.includes(cluster) && (only === undefined || only === LABELS[cluster] || name.includes(only))
      ).map(({ name }) => name);
      return faults.length === 0 ? [] : [{ kind: "faults", cluster, faults, runs: this.runs }];
    };
    const compared: Work[] = only === undefined || "keepalived".includes(only)
      ? [{ kind: "keepalived", runs: this.runs }]
      : [];
    // keepalived is soon done.
    const first = [table("three"), table("tie-breaker"), [...compared, ...table("witness")]];
    const share = Math.ceil((KILLS * this.runs) / KILL_LANES);
    const then: Work[][] = [];
    if (only === undefined || "kills".includes(only)) {
      for (let lane = 0, left = KILLS * this.runs; left > 0; lane++, left -= share) {
        then.push([{ kind: "kills", seed: this.seed + lane, count: Math.min(share, left) }]);
      }
    }
    if (first.flat().length + then.length === 0) {
      throw new Error(
        `there is no fault ${only}; there are ${Object.values(LABELS).join(", ")}, kills, keepalived, ${
          FAULTS.map(({ name }) => name).join(", ")
        }`,
      );
    }
    // The faults of the table are measured, so little else runs beside them; the kills only have to be survived.
    await this.#side(first, "a");
    await this.#side(then, "b");
  }

  /** `count` drawn faults from number `from` on, shared out to some networks. */
  async runDrawn(count: number, from: number, networks: number): Promise<void> {
    const works = Array.from({ length: Math.min(networks, count) }, (_, lane): Work[] => {
      const numbers = Array.from({ length: count }, (_, index) => from + index);
      return [{
        kind: "drawn",
        seed: this.seed,
        numbers: numbers.filter((number) => (number - from) % networks === lane),
      }];
    });
    await this.#side(works, "d");
  }

  /** Lanes side by side, their starts apart: a start needs the processor that measuring needs. */
  async #side(works: readonly (readonly Work[])[], letter: string): Promise<void> {
    await Promise.all(works.map(async (ones, index) => {
      await sleep(index * START_APART_MS);
      for (const [place, work] of ones.entries()) await this.#lane(`${letter}${index}${place}`, work);
    }));
  }

  /** Ends all lanes at once. */
  abort(): void {
    this.#stop.abort();
    for (const { pid } of this.#children) signalTo(pid, "SIGKILL");
  }

  async #lane(name: string, work: Work): Promise<void> {
    if (this.#stop.signal.aborted) return;
    const hosts: readonly Host[] = work.kind === "keepalived" ? KEEPALIVED_HOSTS : hostsOf(kindOf(work));
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
    const limitMs = work.kind === "drawn" ? LANE_MS + DRAWN_MS * work.numbers.length : LANE_MS * this.runs;
    const limit = setTimeout(() => signalTo(child.pid, "SIGKILL"), limitMs);
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
    } else if ("episode" in news) {
      const { episode } = news;
      this.episodes.push(episode);
      const outages = episode.outages.map(({ lastedMs }) => `${lastedMs} ms`).join(" and ") || "none";
      console.log(
        `  ${this.episodes.length}: fault ${episode.number}, ${episode.fault}: outage ${outages}; ${episode.carried}: ` +
          (episode.problems.length === 0 ? "ok" : `FAILED: ${episode.problems.join("; ")}`),
      );
      if (episode.problems.length > 0) console.log(complaint(episode, this.seed));
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
  const faults = values.faults === undefined ? undefined : Number(values.faults);
  const from = Number(values.from);
  const networks = Number(values.networks);
  const seed = values.seed === undefined ? crypto.getRandomValues(new Uint32Array(1))[0]! : Number(values.seed);
  if (!Number.isSafeInteger(runs) || runs < 1 || !Number.isSafeInteger(seed)) {
    console.error("--runs and --seed are whole numbers; --runs is at least 1");
    return 2;
  }
  const counts = [...(faults === undefined ? [] : [faults]), networks, from + 1];
  if (counts.some((count) => !Number.isSafeInteger(count) || count < 1)) {
    console.error("--faults and --networks are whole numbers of at least 1, --from is at least 0");
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
    if (faults === undefined) await lab.run(values.only);
    else {
      console.log(`${faults} drawn faults, seed ${seed}`);
      await lab.runDrawn(faults, from, networks);
      if (lab.episodes.length < faults && !interrupted) {
        lab.failures.push(`${lab.episodes.length} of ${faults} faults were carried out`);
      }
    }
  } catch (error) {
    lab.failures.push(error instanceof Error ? error.message : String(error));
  }
  lab.abort();
  await sleep(50);
  await removeNamespaces(prefix);
  const order = ({ system }: Row) => [...KINDS.map((kind) => LABELS[kind]), "keepalived"].indexOf(system);
  const rows = lab.rows.toSorted((a, b) => order(a) - order(b));
  const badKills = lab.kills.filter(({ problems }) => problems.length > 0);
  if (rows.length > 0) console.log(`\n${table(rows)}\n`);
  if (lab.kills.length > 0) {
    console.log(
      `${lab.kills.length} kills (seed ${seed}): after ${lab.kills.length - badKills.length} nothing was left.`,
    );
  }
  const outages = distributions(lab.episodes);
  if (lab.episodes.length > 0) console.log(`\n${distributionTable(outages)}\n\nseed ${seed}; ${busy(lab.episodes)}`);
  console.log(`${lab.looks} looks at who carries, ${Math.round((performance.now() - startedMs) / 1_000)} s.`);
  for (const failure of lab.failures) console.log(`FAILED: ${failure}`);
  const judged = [...rows, ...lab.kills, ...lab.episodes];
  const bad = judged.filter(({ problems }) => problems.length > 0).length;
  const failed = bad + lab.failures.length;
  const passed = judged.length - bad;
  if (values.json !== undefined) {
    const { kills, failures, looks } = lab;
    const episodes = lab.episodes.toSorted((a, b) => a.number - b.number);
    await Deno.writeTextFile(
      values.json,
      `${JSON.stringify({ passed, failed, seed, looks, rows, kills, outages, episodes, failures }, null, 2)}\n`,
    );
  }
  if (failed === 0 && !interrupted && !values.keep) await Deno.remove(folder, { recursive: true });
  else console.log(`Files of the lab: ${folder}`);
  console.log(`${passed} passed, ${failed} failed`);
  return failed > 0 || interrupted ? 1 : 0;
}

Deno.exit(await main());
