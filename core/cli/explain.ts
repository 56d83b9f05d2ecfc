/**
 * `baton explain`: what a number, a word of the journal or a thing of the running cluster means, and what to do.
 *
 * @module
 */
import { CODES, meaningOf } from "../explain/codes.ts";
import type { Explanation } from "../explain/explanation.ts";
import { guideRow } from "../explain/guide_rows.ts";
import { reasonOf, REASONS } from "../explain/reasons.ts";
import { explainName, knownNames } from "../explain/subject.ts";
import { nearest } from "../plugin/nearest.ts";
import { FAULT_CODES } from "../plugin/fault.ts";
import { AgentClient, type Status } from "./agent_client.ts";
import { type Command, print, UsageError, WorkError } from "./command.ts";
import { openConfig } from "./config_file.ts";
import { describeName, namesIn } from "./explain_file.ts";
import { journalTail } from "./journal_tail.ts";
import { renderCode, renderCodes, renderExplanation, renderReason } from "./explain_text.ts";
import { type Options, readOptions } from "./options.ts";
import { type Style, styleFor } from "./style.ts";

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

Numbers and words need no agent, and without one a name is described from the file. Where a name is a word as well, an
option -c or --url makes it the name.
Exit status: 0 it is known, 1 nothing has that name, or no agent answered at --url, 2 there is no such number.`,

  async run(argv) {
    const options = readOptions("explain", argv, { string: ["config", "url"], boolean: ["json"], args: ["WHAT?"] });
    const style = styleFor(Deno.stdout.isTerminal());
    const json = options.boolean("json");
    const what = options.args[0];
    if (what === undefined) {
      print(json ? JSON.stringify({ codes: CODES.map(plain), reasons: REASONS }, null, 2) : renderCodes(style));
      return 0;
    }
    // A name may be a number or a word as well; then that is what is meant, unless a cluster is named.
    const named = options.string("config") !== undefined || options.string("url") !== undefined;
    const known = ofCatalogue(what, json, style);
    if (known !== undefined && !named) {
      print(known);
      return 0;
    }
    if (/^\d+$/.test(what) && !named) throw new UsageError(unknownNumber(Number(what)));
    const found = await ofCluster(options, what, known !== undefined);
    if (known !== undefined && found.length === 0) {
      print(known);
      return 0;
    }
    print(
      json
        ? JSON.stringify(found.map((each) => ({ ...each, codes: each.failures.map(codeOf) })), null, 2)
        : found.map((each) => renderExplanation(each, style)).join("\n\n"),
    );
    return 0;
  },
};

/** A number or a word, explained; undefined when it is neither. */
function ofCatalogue(what: string, json: boolean, style: Style): string | undefined {
  const code = /^\d+$/.test(what) ? Number(what) : undefined;
  const meaning = code === undefined ? undefined : meaningOf(code);
  if (meaning) {
    const { entry, warning } = meaning;
    return json ? JSON.stringify({ ...plain(entry), code, warning }, null, 2) : renderCode(meaning, code!, style);
  }
  const word = reasonOf(what);
  if (word) return json ? JSON.stringify({ word: what, ...word }, null, 2) : renderReason(what, word, style);
  return undefined;
}

/** What has the name; `maybe`: nothing need have it. Without an agent, what the file says of it. */
async function ofCluster(options: Options, name: string, maybe: boolean): Promise<Explanation[]> {
  const client = await AgentClient.find(options).catch((error) => {
    // A word that was misspelt looks like a name, and then the file was not what was meant.
    if (!(error instanceof UsageError) || options.string("config") !== undefined) throw error;
    throw new UsageError(`${name} is neither a number nor a word of the journal, and for a name: ${error.message}`);
  });
  let view: Status;
  try {
    view = await client.status();
  } catch (error) {
    if (!(error instanceof WorkError) || options.string("url") !== undefined) throw error;
    return await ofFile(options, name, maybe);
  }
  const journal = client.stateDir ? await journalTail(client.stateDir) : [];
  // The file has what the endpoint has, and what was before it; it may belong to another agent's earlier life.
  const reasons = journal.some(({ server }) => server === view.server) ? journal : view.reasons;
  const found = explainName({ ...view, reasons }, name, Date.now());
  if (found.length > 0 || maybe) return found;
  const known = knownNames(view);
  const meant = nearest(name, [...known, ...Object.keys(REASONS)]);
  throw new WorkError(
    `nothing in the cluster ${view.cluster} is called ${name}${meant ? `; did you mean ${meant}?` : ""} ` +
      `(there are ${known.join(", ")})`,
    FAULT_CODES.arguments,
  );
}

async function ofFile(options: Options, name: string, maybe: boolean): Promise<Explanation[]> {
  const config = await openConfig(options.string("config"));
  const found = describeName(config, name);
  if (found.length > 0 || maybe) return found;
  const meant = nearest(name, [...namesIn(config), ...Object.keys(REASONS)]);
  throw new WorkError(
    `${name} is neither a number, a word of the journal nor a name in ${config.path}` +
      `${meant ? `; did you mean ${meant}?` : ""}`,
    FAULT_CODES.arguments,
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
    causes: entry.causes.map(({ what, check, remedy, area }) => ({ what, check, remedy, area })),
    guide: entry.guide.map(guideRow),
  };
}
