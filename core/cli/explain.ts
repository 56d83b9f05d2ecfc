/**
 * `baton explain`: what a number, a word of the journal or a thing of the running cluster means, and what to do.
 *
 * @module
 */
import { CODES, meaningOf } from "../explain/codes.ts";
import { guideRow } from "../explain/guide_rows.ts";
import { reasonOf, REASONS } from "../explain/reasons.ts";
import { explainName, knownNames } from "../explain/subject.ts";
import { nearest } from "../plugin/nearest.ts";
import { AgentClient } from "./agent_client.ts";
import { type Command, print, UsageError, WorkError } from "./command.ts";
import { journalTail } from "./journal_tail.ts";
import { renderCode, renderCodes, renderExplanation, renderReason } from "./explain_text.ts";
import { type Options, readOptions } from "./options.ts";
import { styleFor } from "./style.ts";

/** The command. */
export const explain: Command = {
  name: "explain",
  summary: "say what a number, a word of the journal or a thing of the cluster means, and what to do",
  help: `baton explain [NUMBER | WORD | NAME] [-c FILE | --url URL] [--json]

  baton explain            all numbers that stand in messages, as in (5 : ...)
  baton explain 5          what it means, what may be behind it, how to find out which, and what helps
  baton explain permit-lost    the same for a word that lines of the journal carry
  baton explain awsvip1    a group, resource, monitor, device or server of the running cluster: what it is, how it is, why,
                           what its number means, what the journal says about it, and what to do now

  -c, --config FILE  the cluster.yaml; default: ./cluster.yaml, then /etc/baton/cluster.yaml
  --url URL          an agent's status endpoint, such as http://127.0.0.1:7711
  --json             everything, for machines

Numbers and words need no agent. Where a name is a word as well, an option -c or --url makes it the name.
Exit status: 0 it is known, 1 no agent answered, or nothing has that name, 2 there is no such number.`,

  async run(argv) {
    const options = readOptions("explain", argv, { string: ["config", "url"], boolean: ["json"], args: ["WHAT?"] });
    const style = styleFor(Deno.stdout.isTerminal());
    const json = options.boolean("json");
    const what = options.args[0];
    if (what === undefined) {
      print(json ? JSON.stringify({ codes: CODES.map(plain), reasons: REASONS }, null, 2) : renderCodes(style));
      return 0;
    }
    // A name may have digits only; then it is the number that is meant, unless a cluster is named.
    const named = options.string("config") !== undefined || options.string("url") !== undefined;
    if (/^\d+$/.test(what) && !named) {
      const code = Number(what);
      const meaning = meaningOf(code);
      if (!meaning) throw new UsageError(unknownNumber(code));
      const { entry, warning } = meaning;
      print(json ? JSON.stringify({ ...plain(entry), code, warning }, null, 2) : renderCode(meaning, code, style));
      return 0;
    }
    const word = named ? undefined : reasonOf(what);
    if (word) {
      print(json ? JSON.stringify({ word: what, ...word }, null, 2) : renderReason(what, word, style));
      return 0;
    }
    const found = await ofCluster(options, what);
    print(
      json
        ? JSON.stringify(found.map((each) => ({ ...each, codes: each.failures.map(codeOf) })), null, 2)
        : found.map((each) => renderExplanation(each, style)).join("\n\n"),
    );
    return 0;
  },
};

async function ofCluster(options: Options, name: string) {
  const client = await AgentClient.find(options);
  const [view, journal] = await Promise.all([client.status(), client.stateDir ? journalTail(client.stateDir) : []]);
  // The file has what the endpoint has, and what was before it; it may belong to another agent's earlier life.
  const reasons = journal.some(({ server }) => server === view.server) ? journal : view.reasons;
  const found = explainName({ ...view, reasons }, name);
  if (found.length > 0) return found;
  const known = knownNames(view);
  const meant = nearest(name, [...known, ...Object.keys(REASONS)]);
  throw new WorkError(
    `nothing in the cluster ${view.cluster} is called ${name}${meant ? `; did you mean ${meant}?` : ""} ` +
      `(there are ${known.join(", ")})`,
  );
}

function unknownNumber(code: number): string {
  return `${code} is no number of Baton's own types (they are ${CODES.map(({ code }) => code).join(", ")}, + 100 for ` +
    "warnings): a script's exit status, or a number of a type of your own";
}

function codeOf({ code }: { code: number }) {
  const meaning = meaningOf(code);
  return meaning ? { ...plain(meaning.entry), code, warning: meaning.warning } : { code };
}

/** An entry as JSON has it. */
function plain(entry: (typeof CODES)[number]) {
  return {
    ...entry,
    causes: entry.causes.map(({ what, check, remedy }) => ({ what, check, remedy })),
    guide: entry.guide.map(guideRow),
  };
}
