import { AgentClient } from "./agent_client.ts";
import { type Command, print, UsageError } from "./command.ts";
import { readOptions } from "./options.ts";

/** `baton confirm-stopped`. */
export const confirmStopped: Command = {
  name: "confirm-stopped",
  summary: "tell the cluster that a server is off, when it can't find out",
  help: `baton confirm-stopped SERVER --yes [-c FILE [--url URL]]

A takeover that waits for the fence waits for ever when the fence can't reach what it asks. With a tie-breaker one also
waits while packets come in the name of a server that is not understood. Who has made sure that the server is off, in
the EC2 console or beside the machine, can say so in its place. That is believed: if the server still runs, the group is
then active on two servers at once. So it has to be off, not only silent, and stay off.

  --yes              it is off, I have made sure
  -c, --config FILE  the cluster.yaml; default: ./cluster.yaml, then /etc/baton/cluster.yaml
  --url URL          the agent's status endpoint, when it is not where the file says; -c has to be given then

It is asked of the agent on this server, which is the one that waits; \`baton status\` shows for what.
Exit status: 0 accepted, 1 refused, with the reason, 2 without --yes.`,

  async run(argv) {
    const options = readOptions("confirm-stopped", argv, {
      string: ["config", "url"],
      boolean: ["yes"],
      args: ["SERVER"],
    });
    const server = options.args[0]!;
    if (!options.boolean("yes")) {
      throw new UsageError(
        `this is believed: if ${server} still runs, its groups will be active on two servers at once and may damage ` +
          `their data. Make sure that ${server} is off (the EC2 console says stopped or terminated), then repeat it with --yes`,
      );
    }
    const client = await AgentClient.find(options);
    await client.operate(`/servers/${encodeURIComponent(server)}/confirm-stopped`);
    print(`${server} counts as off`);
    return 0;
  },
};
