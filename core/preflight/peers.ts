/**
 * What only all servers together can tell: clocks, files, versions, and whether each path carries in both directions.
 *
 * @module
 */
import { FAULT_CODES } from "../plugin/fault.ts";
import { broken, doubtful, type Finding, fine, unclear } from "../plugin/finding.ts";

/** A path of the interconnect on which something should arrive. */
export interface HeardPath {
  server: string;
  path: number;
  /** Where the sender listens. */
  address: string;
  /** Milliseconds since something authentic last came on it; null: never. */
  silentMs: number | null;
}

/** What another server has answered. */
export interface PeerAnswer {
  server: string;
  version: string;
  digest: string;
  /** Its wall clock against ours, in milliseconds; positive: it is ahead. */
  offsetMs: number;
  /** How much of that may be the network's doing, in milliseconds. */
  uncertaintyMs: number;
  /** What it hears. */
  paths: HeardPath[];
}

/** All that is known of the others. */
export interface PeerNews {
  server: string;
  version: string;
  digest: string;
  /** After this much silence a path counts as dead, in milliseconds. */
  deadMs: number;
  /** What this server hears. */
  paths: HeardPath[];
  /** Servers that are there but not understood, and why. */
  unclear: ReadonlyMap<string, string>;
  /** The others; undefined: it did not answer. */
  answers: ReadonlyMap<string, PeerAnswer | undefined>;
}

/** Journals can't be read side by side any more. In milliseconds. */
const SKEWED_MS = 2_000;
/** AWS refuses requests with a date that is five minutes off. In milliseconds. */
const REFUSED_MS = 240_000;

/** The findings of this server about the others. */
export function peerFindings(news: PeerNews): Finding[] {
  return [...news.answers].flatMap(([server, answer]) => [
    ...unclearFindings(news, server),
    ...pathFindings(news, server, answer),
    ...(answer === undefined
      ? [unclear(
        server,
        FAULT_CODES.path,
        "it did not answer: its clock, its file and what it hears are not known",
        `see whether its agent runs: baton status on ${server}`,
      )]
      : [clockFinding(answer), ...sameFindings(news, answer)]),
  ]);
}

function unclearFindings(news: PeerNews, server: string): Finding[] {
  const why = news.unclear.get(server);
  if (why === undefined) return [];
  const remedy = "until that is repaired it counts for nothing, and with a tie-breaker nobody takes over from it";
  return [broken(server, FAULT_CODES.unclear, `it is there, but is not understood: ${why}`, remedy)];
}

function pathFindings(news: PeerNews, server: string, answer: PeerAnswer | undefined): Finding[] {
  const inbound = news.paths.filter((path) => path.server === server).map((path) =>
    [server, news.server, path] as const
  );
  const outbound = (answer?.paths ?? []).filter((path) => path.server === news.server)
    .map((path) => [news.server, server, path] as const);
  // Who is down is silent on all paths, and is told as that.
  const away = answer === undefined && inbound.every(([, , path]) => isDead(news, path));
  if (away) return [];
  return [...inbound, ...outbound].map(([from, to, path]) => {
    const subject = `${from} -> ${to}`;
    const place = `path ${path.path + 1} (from ${path.address}, UDP)`;
    if (!isDead(news, path)) return fine(subject, `${place} carries`);
    const since = path.silentMs === null
      ? "nothing ever came"
      : `nothing came for ${Math.round(path.silentMs / 1_000)} s`;
    return doubtful(
      subject,
      FAULT_CODES.path,
      `${place} is silent: ${since}`,
      `let UDP to the interconnect port of ${to} through: security groups, network ACLs, the firewalls of both servers`,
    );
  });
}

function isDead({ deadMs }: PeerNews, { silentMs }: HeardPath): boolean {
  return silentMs === null || silentMs > deadMs;
}

function clockFinding({ server, offsetMs, uncertaintyMs }: PeerAnswer): Finding {
  const sureMs = Math.max(0, Math.abs(offsetMs) - uncertaintyMs);
  const shown = `its clock is ${(Math.abs(offsetMs) / 1_000).toFixed(1)} s ${offsetMs >= 0 ? "ahead" : "behind"}`;
  const remedy = "run an NTP client on both servers; on EC2 the time service is at 169.254.169.123";
  if (sureMs >= REFUSED_MS) {
    return broken(server, FAULT_CODES.clock, `${shown}; AWS refuses requests of whoever is 5 minutes off`, remedy);
  }
  if (sureMs >= SKEWED_MS) {
    const harmless = "decisions don't depend on it, but journals don't fit together";
    return doubtful(server, FAULT_CODES.clock, `${shown}; ${harmless}`, remedy);
  }
  return fine(server, `${shown} (${Math.ceil(uncertaintyMs)} ms uncertain)`);
}

function sameFindings(news: PeerNews, { server, digest, version }: PeerAnswer): Finding[] {
  return [
    digest === news.digest ? fine(server, "it has the same cluster.yaml") : doubtful(
      server,
      FAULT_CODES.differs,
      `it has another cluster.yaml (${digest.slice(0, 12)}; here ${news.digest.slice(0, 12)})`,
      "copy one file to all servers and restart their agents; what differs by server stands under individually",
    ),
    version === news.version ? fine(server, `it runs the same Baton (${version})`) : doubtful(
      server,
      FAULT_CODES.differs,
      `it runs Baton ${version}, here it is ${news.version}`,
      "finish the update: all servers should run the same version",
    ),
  ];
}
