/**
 * `baton init`: a cluster.yaml from what the account has.
 *
 * @module
 */
import { readAccount } from "../aws/account.ts";
import { Ec2Sdk } from "../aws/ec2_sdk.ts";
import { createImds } from "../aws/imds_client.ts";
import { Fault } from "../plugin/fault.ts";
import { type Command, print, tell, UsageError } from "./command.ts";
import { openConfig } from "./config_file.ts";
import { fileText } from "./init/file_text.ts";
import { LinePrompter, OptionPrompter, type Prompter } from "./init/prompter.ts";
import { askPlan } from "./init/questions.ts";
import { Survey } from "./init/survey.ts";
import type { InitPlan } from "./init/plan.ts";
import { refuseExisting, writeCluster, type Written } from "./init/write.ts";
import { type Options, readOptions } from "./options.ts";
import { warningLines } from "./warning_lines.ts";
import { stackCommands } from "./witness_stack.ts";

/** Options that answer a question. */
const ANSWERS = [
  "topology",
  "name",
  "vpc",
  "servers",
  "timing",
  "interconnect",
  "quorum",
  "bucket",
  "group",
  "ip",
  "final-action",
] as const;

/** Reading the account takes no longer than this. In milliseconds. */
const ACCOUNT_MS = 60_000;
/** One call, also on a slow way out. In milliseconds. */
const CALL_MS = 20_000;
/** Asking this machine for its instance. In milliseconds. */
const IMDS_MS = 3_000;

/** The command. */
export const init: Command = {
  name: "init",
  summary: "write a cluster.yaml and its key from what the AWS account has",
  help: `baton init [--topology vip|eip] [--out FILE] [--yes] [...]

Reads the account (VPCs, subnets, route tables, instances, Elastic IPs; nothing is changed), asks what it can't know, and
writes a commented cluster.yaml with the shared key baton.key beside it. On a terminal it asks; elsewhere, and with --yes,
it takes the options and its own suggestions, and says which option is missing.

  --topology vip|eip      clients in the VPC, or on the Internet
  --name NAME             of the cluster
  --vpc VPC               of the servers
  --servers A,B           names or ids of instances, the preferred one first; NAME=i-... gives a name of its own
  --timing WORD           fast, standard, relaxed
  --interconnect IP,IP    where the servers hear each other, in the same order
  --quorum HOW            s3 (a witness; default for an even number of servers); weaker: ping:IP,IP (NAT instances), tcp
                          (port 443 of the regional endpoint); none
  --bucket NAME           of the witness; default: a new name. It is not created: what creates it is printed
  --group NAME            of the failover group
  --ip ADDRESS            the virtual address; or the Elastic IP, by its address or allocation id
  --final-action ACTION   of a server that can't leave its subnet; with ping only
  --region REGION         default: that of the SDK, on EC2 that of the instance
  --out FILE              default: cluster.yaml
  --yes                   ask nothing

Exit status: 0 it was written, 1 it could not be, 2 an answer is missing or wrong.`,

  async run(argv) {
    const options = readOptions("init", argv, { string: [...ANSWERS, "region", "out"], boolean: ["yes"] });
    const path = options.string("out") ?? "cluster.yaml";
    await refuseExisting(path);
    const survey = await look(options);
    const option = (name: string) => options.string(name);
    const lines = Deno.stdin.isTerminal() && !options.boolean("yes")
      ? new LinePrompter(option, Deno.stdin.readable)
      : undefined;
    const prompter: Prompter = lines ?? new OptionPrompter(option);
    const plan = await askPlan(prompter, survey, lines ? tell : () => {}).finally(() => lines?.close());
    const text = fileText(plan);
    const written = await writeCluster(path, text, openConfig);
    tellResult(written, text, plan);
    return 0;
  },
};

/** Reads the account, and asks this machine which of its instances it is. */
async function look(options: Options): Promise<Survey> {
  const region = options.string("region");
  const sdk = new Ec2Sdk({ callTimeoutMs: CALL_MS, ...(region === undefined ? {} : { region }) });
  try {
    const own = createImds().instanceId({ signal: AbortSignal.timeout(IMDS_MS) }).catch(() => undefined);
    const account = await readAccount(sdk, { signal: AbortSignal.timeout(ACCOUNT_MS) });
    return new Survey(account, await own);
  } catch (error) {
    // What the SDK's sources said is about a cluster.yaml, and there is none yet.
    if (error instanceof Fault && error.message.startsWith("the AWS region is not known")) {
      throw new UsageError("the region is not known; give --region");
    }
    throw error;
  } finally {
    sdk.close();
  }
}

function tellResult(
  { file, key, keptKey, config }: Written,
  text: string,
  { remarks, servers, cluster, witness }: InitPlan,
): void {
  print(`${file} is written; ${keptKey ? `the key ${key} was there already` : `${key} is its new key`}.`);
  for (const line of [...warningLines(file, text, config.warnings), ...remarks]) tell(`warning: ${line}`);
  const names = servers.map(({ name }) => name).join(", ");
  const store = witness === undefined ? [] : [
    "",
    "The witness needs a bucket, an endpoint in the VPC (it needs no NAT) and a policy. Nothing is made yet; this makes them:",
    ...stackCommands(file, cluster, witness),
  ];
  print(
    [
      ...store,
      "",
      "Next:",
      `  baton check ${file}                   what it promises, with all times`,
      `  baton iam-policy -c ${file}           the policy for the servers' role`,
      `  copy ${file} and ${key} to ${names}; chmod 600 the key`,
      "  baton check --here                    on each server: is everything there that a takeover needs?",
      "  baton run                             on each server, by its service manager",
    ].join("\n"),
  );
}
