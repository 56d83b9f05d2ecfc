import { AgentClient } from "./agent_client.ts";
import { type Command, print } from "./command.ts";
import { withLastWords } from "./last_words.ts";
import { readOptions } from "./options.ts";

/** `baton fail`. */
export const fail: Command = {
  name: "fail",
  summary: "make a monitor fail, to see what its recovery does",
  help: `baton fail MONITOR [--clear] [-c FILE [--url URL]]

From now on every check of the monitor on this server counts as failed, whatever it finds. What follows is real: its
recovery reactivates, fails over, and at last takes the final action. So try it when that may happen.

  --clear            its checks count again
  -c, --config FILE  the cluster.yaml; default: ./cluster.yaml, then /etc/baton/cluster.yaml
  --url URL          the agent's status endpoint, when it is not where the file says; -c has to be given then

It lasts until it is cleared, or until the agent on this server ends; the journal and \`baton status\` say so. A monitor
that runs only where its target is active can be made to fail only there.
Exit status: 0 accepted, 1 refused, with the reason.`,

  async run(argv) {
    const options = readOptions("fail", argv, { string: ["config", "url"], boolean: ["clear"], args: ["MONITOR"] });
    const monitor = options.args[0]!;
    const clear = options.boolean("clear");
    const client = await AgentClient.find(options);
    const path = `/monitors/${encodeURIComponent(monitor)}/${clear ? "clear" : "fail"}`;
    await withLastWords(client, () => client.operate(path));
    print(clear ? `the checks of ${monitor} count again` : `${monitor} fails from its next check on`);
    return 0;
  },
};
