/**
 * `baton cloudformation`: the network, the security groups and the role that a cluster.yaml needs, as a template.
 *
 * @module
 */
import { type Command, print, UsageError } from "./command.ts";
import { openConfig } from "./config_file.ts";
import { readOptions } from "./options.ts";
import { templateText } from "./template/template.ts";
import { witnessTemplate } from "./template/witness.ts";

/** As many route tables as the guide's VPC has. */
const TABLES = 3;
const MAX_TABLES = 50;

/** The command. */
export const cloudformation: Command = {
  name: "cloudformation",
  summary: "print a CloudFormation template of what a cluster.yaml needs in AWS",
  help: `baton cloudformation [-c FILE] [--network new|existing] [--tables N] [--instances]
baton cloudformation [-c FILE] --witness

Prints a template: VPC, subnets, gateways, NATs, route tables with a row for each virtual address, security groups with
only the rules that are needed, network interfaces (source/destination check off for a virtual address), Elastic IPs, the
bucket of an S3 witness with an endpoint in the VPC, and a role with the policy of baton iam-policy. Its outputs are the
ids that belong into the file.

  -c, --config FILE  the cluster.yaml; its ids may still be invented: only its addresses count here
  --network HOW      new (default): all of it is made; existing: VPC, subnets and route tables are parameters
  --tables N         with --network existing: how many route tables get the row; default ${TABLES}
  --instances        the servers too
  --witness          only what an S3 witness needs, for servers that are there: bucket, endpoint, policy

Exit status: 0 it was printed, 1 the file has nothing to make a template of, 2 it was asked wrongly.`,

  async run(argv) {
    const options = readOptions("cloudformation", argv, {
      string: ["config", "network", "tables"],
      boolean: ["instances", "witness"],
    });
    if (options.boolean("witness")) {
      const odd = ["network", "tables"].find((name) => options.string(name) !== undefined) ??
        (options.boolean("instances") ? "instances" : undefined);
      if (odd !== undefined) throw new UsageError(`--${odd} makes no sense with --witness: only the witness is made`);
      print(witnessTemplate(await openConfig(options.string("config"))).trimEnd());
      return 0;
    }
    const network = options.string("network") ?? "new";
    if (network !== "new" && network !== "existing") {
      throw new UsageError(`--network ${network}: new or existing is needed`);
    }
    const tables = Number(options.string("tables") ?? TABLES);
    if (!Number.isInteger(tables) || tables < 1 || tables > MAX_TABLES) {
      throw new UsageError(`--tables ${options.string("tables")}: a number from 1 to ${MAX_TABLES} is needed`);
    }
    const config = await openConfig(options.string("config"));
    print(
      templateText(config, { newNetwork: network === "new", instances: options.boolean("instances"), tables })
        .trimEnd(),
    );
    return 0;
  },
};
