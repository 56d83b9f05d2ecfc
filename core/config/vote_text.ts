/**
 * A `cluster.yaml` with another vote: what stands in it otherwise stays as it was written, comments and all.
 *
 * @module
 */
import { isMap, isScalar, LineCounter, type Node, parseDocument } from "yaml";

/** A witness as it is written. */
export interface WitnessEntry {
  name: string;
  bucket: string;
  region?: string;
}

/** Keys that say how devices count; beside a witness they mean nothing. */
const VOTE_KEYS = ["quorum", "tieBreaker", "survivor"];

const ABOVE =
  `# Network partition resolution: a witness, one small object for each group. Only one side of a partition can replace it,
# so there is one carrier whatever happens to the network.
`;

/** The lines of a top-level key with the comment right above it: from, to (excluded). */
interface Lines {
  from: number;
  to: number;
}

/** The part of the file that says who votes besides the servers. */
export function witnessLines({ name, bucket, region }: WitnessEntry): string {
  const where = region === undefined ? "" : `, region: ${region}`;
  return `${ABOVE}quorum:\n  ${name}: { type: s3, bucket: ${bucket}${where} }\n`;
}

/**
 * The file with `vote` in the place of what votes now, or behind the servers; without `vote`: with none. Undefined for a
 * file that is not written one key a line, which a person has to change.
 */
export function withVote(text: string, vote = ""): string | undefined {
  const lines = text.split("\n");
  const keys = topLevel(text, lines);
  const servers = keys?.get("servers");
  if (keys === undefined || servers === undefined) return undefined;
  const gone = VOTE_KEYS.flatMap((key) => keys.get(key) ?? []);
  const at = keys.get("quorum")?.from ?? servers.to;
  const kept = lines.flatMap((line, index) => {
    const put = index === at && vote !== "" ? [...keys.has("quorum") ? [] : [""], ...vote.trimEnd().split("\n")] : [];
    return gone.some(({ from, to }) => index >= from && index < to) ? put : [...put, line];
  });
  return kept.join("\n").replace(/\n{3,}/g, "\n\n");
}

function topLevel(text: string, lines: readonly string[]): Map<string, Lines> | undefined {
  const counter = new LineCounter();
  const { contents } = parseDocument(text, { lineCounter: counter, prettyErrors: false });
  if (!isMap(contents) || contents.flow) return undefined;
  const found = new Map<string, Lines>();
  for (const { key, value } of contents.items) {
    const [keyNode, valueNode] = [key as Node, value as Node | null];
    if (!isScalar(keyNode) || !keyNode.range) return undefined;
    const line = counter.linePos(keyNode.range[0]).line - 1;
    const last = valueNode?.range ? Math.max(keyNode.range[1], valueNode.range[1] - 1) : keyNode.range[1];
    let from = line;
    // The first line is the heading of the file.
    while (from > 1 && lines[from - 1]!.startsWith("#")) from--;
    let to = counter.linePos(last).line;
    // A block ends before the blank lines and comments that follow it; its key is neither.
    while (/^\s*(?:#.*)?$/.test(lines[to - 1]!)) to--;
    found.set(String(keyNode.value), { from, to });
  }
  return found;
}
