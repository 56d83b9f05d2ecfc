/**
 * The demo: `deno task demo [--exit] [--json FILE] [--keep]`. No root, no AWS account, nothing to edit: EC2 and S3, two
 * topologies of two servers, weak and sound votes, real agents, real failures, each with its reason and its measured time.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { logOf, tell } from "./chapters.ts";
import { tellWitness } from "./sound_vote.ts";
import { DemoCluster, EC2_LATENCY_MS, type Kind } from "./cluster.ts";
import { type Step, Story } from "./story.ts";
import { table } from "./table.ts";

const TITLES: Record<Kind, string> = {
  vip: "VIP control: a route of the VPC follows the active server (chapter 4 of the guide)",
  eip: "EIP control: an Elastic IP follows the active server (chapter 5 of the guide)",
  witness: "A sound vote: the same partition as before, with a witness in a bucket in the place of the pinged NATs",
};

/** A machine that is late by more than this in the whole demo is a busy one. In milliseconds. */
const BUSY_MS = 2_000;

const colour = Deno.stdout.isTerminal() && !Deno.noColor;
const paint = (code: number, text: string) => colour ? `\x1b[${code}m${text}\x1b[0m` : text;

async function main(): Promise<number> {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      exit: { type: "boolean" },
      json: { type: "string" },
      keep: { type: "boolean" },
      only: { type: "string" },
    },
  });
  const kinds = (["vip", "witness", "eip"] as const).filter((kind) =>
    values.only === undefined || values.only === kind
  );
  const folder = await Deno.makeTempDir({ prefix: "baton-demo-" });
  const clusters: DemoCluster[] = [];
  const steps: Step[] = [];
  let failure: unknown;
  const interrupted = new Promise<void>((resolve) => Deno.addSignalListener("SIGINT", resolve));
  try {
    for (const kind of kinds) {
      console.log(`\n${paint(1, TITLES[kind])}`);
      const cluster = await DemoCluster.make(kind, join(folder, kind));
      clusters.push(cluster);
      const story = new Story(cluster, {
        happens: (text) => console.log(`\n  ${text}`),
        came: (step) => {
          const mark = step.ok ? paint(32, "ok") : paint(31, "FAILED");
          const outage = step.outageMs > 0 ? `, clients waited ${step.outageMs} ms` : "";
          const late = step.lateMs > 0 ? `, and ${step.lateMs} that the machine was late` : "";
          console.log(
            `  ${mark} after ${step.milliseconds} ms (at most ${step.limitMs}${late})${outage}: ${step.reason}`,
          );
        },
      });
      const told = kind === "witness" ? tellWitness(story) : tell(story);
      await Promise.race([told, interrupted.then(() => Promise.reject(new Error("interrupted")))]);
      steps.push(...story.steps);
    }
  } catch (thrown) {
    failure = thrown;
  }
  const overlaps = clusters.reduce((sum, { observer }) => sum + observer.overlaps, 0);
  const tolerated = clusters.reduce((sum, { observer }) => sum + observer.toleratedOverlaps, 0);
  const looks = clusters.reduce((sum, { observer }) => sum + observer.looks, 0);
  const ok = failure === undefined && steps.length > 0 && overlaps === 0 && steps.every((step) => step.ok);
  console.log(`\n${table(steps)}\n`);
  console.log(
    `${steps.filter((step) => step.ok).length} of ${steps.length} steps held, EC2 latency ${EC2_LATENCY_MS} ms; ` +
      `two carriers at once: ${overlaps} of ${looks} looks` +
      (tolerated === 0 ? "." : `; not counted: ${tolerated} in the partition that a weak vote does not cover.`),
  );
  const lateMs = steps.reduce((sum, step) => sum + step.lateMs, 0);
  if (lateMs > BUSY_MS) {
    console.log(
      `This machine was late by ${
        Math.round(lateMs / 1_000)
      } s: that long the processes of the demo waited for a processor ` +
        "that others had. The times are not those of a quiet machine.",
    );
  }
  if (failure !== undefined) {
    console.log(`It broke off: ${failure instanceof Error ? failure.message : String(failure)}`);
  }
  if (values.json !== undefined) {
    await Deno.writeTextFile(
      values.json,
      `${
        JSON.stringify(
          { ok, overlaps, toleratedOverlaps: tolerated, looks, ec2LatencyMs: EC2_LATENCY_MS, steps },
          null,
          2,
        )
      }\n`,
    );
  }
  if (!ok) {
    for (const { machines } of clusters) {
      for (const machine of machines) console.log(`${machine.name}: ${await tail(logOf(machine.folder))}`);
    }
  }
  if (ok && !values.exit && Deno.stdin.isTerminal() && Deno.stdout.isTerminal()) {
    console.log("\nThe clusters stay up. Try, until Ctrl-C:");
    for (const { machines, kind } of clusters) {
      for (const machine of machines) {
        if (machine.pid !== undefined) {
          console.log(`  curl -s ${machine.statusUrl}/status   # ${kind}, ${machine.name}`);
        }
      }
    }
    await interrupted;
  }
  await Promise.all(clusters.map((cluster) => cluster.close()));
  if (!values.keep && ok) await Deno.remove(folder, { recursive: true });
  else console.log(`Files of the demo: ${folder}`);
  return ok ? 0 : 1;
}

async function tail(path: string): Promise<string> {
  const text = await Deno.readTextFile(path).catch(() => "no log");
  return `the end of ${path}\n${text.split("\n").slice(-25).join("\n")}`;
}

Deno.exit(await main());
