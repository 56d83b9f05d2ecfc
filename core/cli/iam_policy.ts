/**
 * `baton iam-policy`: what the servers' role has to be allowed, and nothing else.
 *
 * @module
 */
import { iamPolicy } from "../preflight/iam_policy.ts";
import { type Command, print, tell, UsageError } from "./command.ts";
import { openConfig } from "./config_file.ts";
import { readOptions } from "./options.ts";

/** The command. */
export const iamPolicyCommand: Command = {
  name: "iam-policy",
  summary: "print the least IAM policy for a cluster.yaml",
  help: `baton iam-policy [-c FILE] [--account NUMBER] [--region REGION]

Prints the IAM policy that the servers' role needs for this cluster.yaml: only the actions that its types, its witness and
its fence call, for the things that it names where AWS lets them be named. On standard error: what each action is for.

  -c, --config FILE  the cluster.yaml; default: ./cluster.yaml, then /etc/baton/cluster.yaml
  --account NUMBER   the twelve digits of the account; left out: ACCOUNT stands there, which IAM refuses
  --region REGION    left out: aws.region of the file, else REGION stands there

A role in another account (assumeRole) needs a policy of its own there. baton check --here tries each action by a dry run.

Exit status: 0 it was printed, 2 it was asked wrongly.`,

  async run(argv) {
    const options = readOptions("iam-policy", argv, { string: ["config", "account", "region"] });
    const account = options.string("account");
    if (account !== undefined && !/^\d{12}$/.test(account)) {
      throw new UsageError(`--account ${account}: an account has twelve digits`);
    }
    const config = await openConfig(options.string("config"));
    const region = options.string("region") ?? config.aws.region;
    const { document, actions } = iamPolicy(config, {
      ...(account === undefined ? {} : { account }),
      ...(region === undefined ? {} : { region }),
    });
    print(JSON.stringify(document, null, 2));
    if (actions.length === 0) tell("nothing in this file calls AWS: no policy is needed");
    else if (account === undefined) tell("ACCOUNT stands for the number of the account, which --account fills in");
    for (const { action, purposes, resourceLevel } of actions) {
      tell(`${action.padEnd(36)} ${purposes.join("; ")}${resourceLevel ? "" : " (AWS allows it for all or nothing)"}`);
    }
    return 0;
  },
};
