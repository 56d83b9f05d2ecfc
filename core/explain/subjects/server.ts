import type { AgentView } from "../../agent/agent.ts";
import { numbered, WARNING_OFFSET } from "../../cluster/numbered.ts";
import { UNCLEAR_CODE } from "../../cluster/presence.ts";
import type { ServerView } from "../../cluster/view.ts";
import { type Explanation, reasonsAbout } from "../explanation.ts";

/** A server: when it was heard, by which paths, and what it carries. */
export function explainServer(view: AgentView, server: ServerView): Explanation {
  const { name, status, silentMs, unclear, votes, noPower } = server;
  const me = name === view.view.me;
  const word = new RegExp(`(?<![\\w.-])${name.replaceAll(".", "\\.")}(?![\\w-]|\\.\\w)`);
  const carries = view.view.groups.filter(({ carrier }) => carrier === name).map((group) => group.name);
  const shot = view.view.fence?.targets.find((target) => target.server === name);
  const { visible, majority, total, quorum } = view.view.votes;
  return {
    name,
    kind: "server",
    is: "a server of the cluster",
    state: status,
    why: [
      me
        ? "It is the one that was asked."
        : silentMs === null
        ? "It was never heard."
        : `It was heard ${silentMs} ms ago.`,
      ...(unclear
        ? [`It is there, but is not understood. ${numbered(UNCLEAR_CODE + WARNING_OFFSET, unclear.message)}`]
        : []),
      ...(me
        ? [`It sees ${visible.length} of ${total} votes; ${majority} are a majority${quorum ? "" : ": too few"}.`]
        : []),
      ...(noPower ? ["It runs with --no-power: what would end a machine is only said there."] : []),
      ...(votes.length > 1 ? [`It holds the votes of ${votes.join(", ")}.`] : []),
      ...(carries.length > 0 ? [`It carries ${carries.join(", ")}.`] : []),
      ...(shot ? [`The fence: ${shot.stopped ? "it is off" : "it is not known to be off"}. ${shot.message}`] : []),
    ],
    failures: [],
    reasons: reasonsAbout(view, (line) => word.test(line.text)),
    todo: [...folderTodo(view, me), ...todoFor(view, server, me)],
  };
}

/** A server that can't remember its votes ends with the next one. */
function folderTodo({ stateFolder }: AgentView, me: boolean): string[] {
  return me && stateFolder ? [`its state folder is not well (${stateFolder}): baton explain state-folder`] : [];
}

function todoFor(view: AgentView, { name, status, unclear }: ServerView, me: boolean): string[] {
  if (me && !view.view.votes.quorum) {
    return ["too few votes are in sight, so nothing is carried here: bring the other servers or the device back"];
  }
  if (unclear) {
    return [
      `repair what keeps ${name} from being understood: baton explain ${UNCLEAR_CODE}`,
      `when it is off for certain, whatever comes in its name: baton confirm-stopped ${name} --yes`,
    ];
  }
  if (me || status === "online") return [];
  return [
    `see whether ${name} runs; on it: baton status`,
    "see that UDP 7710 (the port of its interconnect) passes in both directions",
    "compare cluster.yaml and the key file: with another key nothing is believed",
    ...(view.fence ? [`when it is off for certain and a takeover waits: baton confirm-stopped ${name} --yes`] : []),
  ];
}
