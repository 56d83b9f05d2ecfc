/**
 * `baton witness`: a cluster.yaml with a sound vote in the place of a weak one, or of none.
 *
 * @module
 */
import { dirname, join } from "node:path";
import type { ClusterConfig } from "../config/config.ts";
import { FAULT_CODES } from "../plugin/fault.ts";
import { type Command, print, UsageError, WorkError } from "./command.ts";
import { configPath, openConfig } from "./config_file.ts";
import { bucketNameProblem, newBucketName } from "./init/bucket_name.ts";
import { refuseExisting } from "./init/write.ts";
import { readOptions } from "./options.ts";
import { stackCommands } from "./witness_stack.ts";
import { withVote, witnessLines } from "../config/vote_text.ts";

/** The command. */
export const witness: Command = {
  name: "witness",
  summary: "write a cluster.yaml whose vote is a witness in an S3 bucket",
  help: `baton witness [-c FILE] [--bucket NAME] [--out FILE]

Two servers and a tie-breaker are a weak majority: both sides of a partition may reach the device, and then both carry. The
vote of a witness only one side can have. This writes the file with an S3 witness in the place of its devices, or of no
vote, and says what the witness needs in AWS and how a running cluster takes the file up. Nothing else is changed, and
nothing is created.

  -c, --config FILE  the cluster.yaml; default: ./cluster.yaml, then /etc/baton/cluster.yaml
  --bucket NAME      the bucket; several clusters may share one. Left out: a new name with the cluster's in it
  --out FILE         default: FILE.witness.yaml beside it

Exit status: 0 it was written, 1 it could not be, 2 it was asked wrongly.`,

  async run(argv) {
    const options = readOptions("witness", argv, { string: ["config", "bucket", "out"] });
    const path = await configPath(options.string("config"));
    const config = await openConfig(path);
    refuseNeedless(config, path);
    const bucket = options.string("bucket") ?? newBucketName(config.cluster);
    const wrong = bucketNameProblem(bucket);
    if (wrong !== undefined) throw new UsageError(`--bucket ${bucket}: ${wrong}`);
    const text = await Deno.readTextFile(config.path);
    const { region } = config.aws;
    const entry = { name: freeName(config), bucket, ...(region === undefined ? {} : { region }) };
    const out = options.string("out") ?? besides(path, "witness");
    const lines = witnessLines(entry);
    await writeChecked(out, withVote(text, lines) ?? refuseForm(path, lines));
    // Votes change one at a time in a cluster that runs, so the tie-breaker goes before the witness comes.
    const between = config.quorum.length === 0 ? undefined : besides(path, "without-vote");
    if (between !== undefined) await writeChecked(between, withVote(text)!);
    print(nextSteps(config, out, between));
    return 0;
  },
};

/** Refuses files to which a witness adds nothing. */
function refuseNeedless({ witness, servers }: ClusterConfig, path: string): void {
  if (witness !== undefined) {
    throw new WorkError(
      `${path} has a witness already: ${witness.name}, of the type ${witness.type}`,
      FAULT_CODES.output,
    );
  }
  if (servers.length % 2 === 1) {
    throw new WorkError(
      `${path} has ${servers.length} servers: an odd number is a majority by itself, a witness adds nothing; ` +
        "remove what stands under quorum instead",
      FAULT_CODES.output,
    );
  }
}

function refuseForm(path: string, lines: string): never {
  throw new WorkError(
    `${path} is not written with one key a line, so its vote can't be changed here; put this in the place of quorum, ` +
      `tieBreaker and survivor: ${lines.split("\n").slice(-3, -1).map((line) => line.trim()).join(" ")}`,
    FAULT_CODES.output,
  );
}

/** A name that nothing in the file has. */
function freeName({ groups, monitors }: ClusterConfig): string {
  const taken = new Set([
    ...groups.flatMap(({ name, resources }) => [name, ...resources.map((one) => one.name)]),
    ...monitors.map(({ name }) => name),
  ]);
  const candidates = ["witness", ...Array.from({ length: taken.size + 1 }, (_, at) => `witness${at + 1}`)];
  return candidates.find((name) => !taken.has(name))!;
}

function besides(path: string, word: string): string {
  const name = path.split(/[/\\]/).at(-1)!.replace(/\.ya?ml$/, "");
  return join(dirname(path), `${name}.${word}.yaml`);
}

/** Writes a file that the loader takes; beside its place first, because drop-ins and the key are found from there. */
async function writeChecked(path: string, text: string): Promise<void> {
  await refuseExisting(path);
  try {
    await Deno.writeTextFile(path, text, { createNew: true });
  } catch (error) {
    throw new WorkError(
      `${path} can't be written (${(error as Error).message}); name another with --out`,
      FAULT_CODES.output,
    );
  }
  try {
    await openConfig(path);
  } catch (error) {
    await Deno.remove(path).catch(() => {});
    throw error;
  }
}

function nextSteps(config: ClusterConfig, out: string, between: string | undefined): string {
  const vip = config.groups.flatMap(({ resources }) => resources).find(({ type }) => type === "aws-vip");
  const vpc = vip === undefined ? undefined : String([...vip.options.values()][0]?.vpc);
  const halves = config.servers.length / 2;
  return [
    `${out} is written: the same cluster with a sound vote. Nothing else was changed, and nothing is created.`,
    "",
    "What the witness needs in AWS, a bucket, an endpoint in the VPC (it needs no NAT) and a policy, when you want it made:",
    ...stackCommands(out, config.cluster, vpc === undefined ? {} : { vpc }),
    "",
    "Then, on each server: is it reached, and does it compare?",
    `  baton check --here -c ${out}`,
    "",
    "A cluster that runs takes it up by",
    ...(between === undefined ? [] : [
      `  baton apply ${between}   # votes change one at a time; until the next step a loss of ${halves} servers is not survived`
        .replace("of 1 servers", "of one server"),
    ]),
    `  baton apply ${out}`,
  ].join("\n");
}
