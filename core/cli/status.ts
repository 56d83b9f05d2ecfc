/**
 * `baton status`: the cluster as one server sees it.
 *
 * @module
 */
import { AgentClient } from "./agent_client.ts";
import { type Command, print } from "./command.ts";
import { readOptions } from "./options.ts";
import { renderStatus } from "./status_text.ts";
import { styleFor } from "./style.ts";

/** The command. */
export const status: Command = {
  name: "status",
  summary: "show servers, votes, groups, resources, monitors, drop-ins and the latest reasons",
  help: `baton status [-c FILE | --url URL] [--json]

Shows the cluster as this server sees it.

  -c, --config FILE  the cluster.yaml; default: ./cluster.yaml, then /etc/baton/cluster.yaml
  --url URL          an agent's status endpoint, such as http://127.0.0.1:7711
  --json             everything, for machines

Exit status: 0 the agent answered, 1 it did not.`,

  async run(argv) {
    const options = readOptions("status", argv, { string: ["config", "url"], boolean: ["json"] });
    const seen = await (await AgentClient.find(options)).status();
    if (options.boolean("json")) print(JSON.stringify(seen, null, 2));
    else print(renderStatus(seen, styleFor(Deno.stdout.isTerminal())));
    return 0;
  },
};
