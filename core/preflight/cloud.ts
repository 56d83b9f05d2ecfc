/**
 * What the cluster as a whole needs of AWS: credentials, the way to the regional endpoint, and holes in the filters
 * between the servers.
 *
 * Calls to EC2 of one preflight of the guide's cluster with a VIP in three tables and a fence, plugins included: some 12
 * that only read and 5 dry runs. Every 10 minutes that is less than 2 calls a minute and server; a bucket of EC2 for
 * reads holds 50 to 100 and gains 10 to 20 a second, one for changes holds 50 and gains 5.
 *
 * @module
 */
import type { Ec2Inspection, InspectedInterface } from "../aws/inspection.ts";
import type { ServerConfig } from "../config/config.ts";
import { FAULT_CODES } from "../plugin/fault.ts";
import { broken, doubtful, type Finding, findingOfThrown, fine, unclear } from "../plugin/finding.ts";
import { tryTunnel } from "../aws/tunnel.ts";
import { findWay, isDirect, shownProxy } from "../aws/way.ts";
import { lacksRights } from "../aws/failure.ts";
import { boundConnect } from "./bound_connect.ts";
import { type PathEnd, pathFindings } from "./filters.ts";
import { isLoopback } from "./loopback.ts";
import { wayFindings } from "./way.ts";
import { usesAws, usesEc2 } from "./plugins.ts";
import type { PreflightParts } from "./parts.ts";
import type { ReportedFinding } from "./report.ts";

/** Each of the three takes no longer than this. In milliseconds. */
const LOOK_MS = 20_000;
/** A connection to the regional endpoint takes no longer than this. In milliseconds. */
const CONNECT_MS = 5_000;
/** Credentials that end sooner and that nobody renews are told as an error. In milliseconds. */
const SOON_MS = 15 * 60_000;

/** Nothing where the file has nothing to do with EC2. */
export async function cloudFindings(parts: PreflightParts): Promise<ReportedFinding[]> {
  const way = usesAws(parts.config) ? wayFindings(parts.config.aws).map((each) => ({ ...each, group: "*" })) : [];
  if (!usesEc2(parts.config)) return way;
  const inspection = parts.inspection();
  const look = async (
    subject: string,
    group: string | null,
    work: (signal: AbortSignal) => Promise<Finding[]>,
  ): Promise<ReportedFinding[]> => {
    const findings = await parts.bounded(LOOK_MS, work).catch((thrown) => {
      const denied = lacksRights(thrown);
      return [findingOfThrown(subject, thrown, denied)];
    });
    return findings.map((finding) => ({ ...finding, group }));
  };
  const found = await Promise.all([
    look("credentials", "*", (signal) => credentialFindings(inspection, signal)),
    look("EC2 endpoint", "*", (signal) => endpointFindings(parts, inspection, signal)),
    look("interconnect", null, (signal) => filterFindings(parts, inspection, signal)),
  ]);
  return [...way, ...found.flat()];
}

async function credentialFindings(inspection: Ec2Inspection, signal: AbortSignal): Promise<Finding[]> {
  const { kind, hint, expiresAtMs } = await inspection.credentials({ signal });
  const subject = "credentials";
  const leftMs = expiresAtMs === undefined ? Infinity : expiresAtMs - Date.now();
  if (leftMs <= 0) {
    const message = `the AWS credentials (…${hint}) ended ${new Date(expiresAtMs!).toISOString()}`;
    return [
      broken(subject, FAULT_CODES.credentials, message, "renew them; a role of the instance is renewed by itself"),
    ];
  }
  if (kind === "role") return [fine(subject, `a role gives them, and renews them (…${hint})`)];
  if (kind === "assumed") return [fine(subject, `an assumed role gives them (…${hint})`)];
  if (kind === "other") {
    const message = `the AWS credentials (…${hint}) are temporary, and nobody is known to renew them`;
    const remedy = "attach a role to the instance instead";
    const tell = leftMs < SOON_MS ? broken : doubtful;
    return [tell(subject, FAULT_CODES.credentials, message, remedy)];
  }
  return [doubtful(
    subject,
    FAULT_CODES.credentials,
    `an access key is used (…${hint}): it never ends, and whoever reads it can use it from anywhere`,
    "attach a role to the instance, and remove the key",
  )];
}

/** From the first address of this server where it is its own, so that a VIP or a second NIC does not make the way. */
async function endpointFindings(
  { config, server, os }: PreflightParts,
  inspection: Ec2Inspection,
  signal: AbortSignal,
): Promise<Finding[]> {
  const { host, port, region } = await inspection.endpoint({ signal });
  const { proxy, ...way } = findWay(config.aws.way);
  if (proxy !== undefined && !isDirect(way, host, port)) return [await proxiedFinding({ ...way, proxy }, host, port)];
  const own = (await os.nics(signal)).flatMap(({ addresses }) => addresses.map(({ ip }) => ip));
  const address = config.servers.find(({ name }) => name === server)?.interconnect.map((one) => one.host)
    // An endpoint on this machine, such as a proxy, is not reached from an address that others know.
    .find((one) => own.includes(one) && !isLoopback(one) && !isLoopback(host));
  const from = address === undefined ? "" : ` from ${address}`;
  const subject = "EC2 endpoint";
  try {
    const connectMs = await boundConnect(
      { host, port, ...(address === undefined ? {} : { address }) },
      CONNECT_MS,
      signal,
    );
    return [fine(subject, `TCP ${port} of ${host} (${region}) answers${from} within ${Math.ceil(connectMs)} ms`)];
  } catch (error) {
    signal.throwIfAborted();
    return [broken(
      subject,
      FAULT_CODES.timeout,
      `TCP ${port} of ${host} (${region}) does not answer${from}: ${(error as Error).message}`,
      "see the NAT or VPC endpoint and the route to it, and that security groups and network ACLs let port 443 out",
    )];
  }
}

/** Straight there may be no way at all: what counts is whether the proxy has one. */
async function proxiedFinding(way: Parameters<typeof tryTunnel>[0], host: string, port: number): Promise<Finding> {
  const subject = "EC2 endpoint";
  try {
    const connectMs = await tryTunnel(way, host, port);
    return fine(subject, `${shownProxy(way.proxy)} connects to ${host}:${port} within ${Math.ceil(connectMs)} ms`);
  } catch (error) {
    return broken(
      subject,
      FAULT_CODES.wayOut,
      (error as Error).message,
      `correct ${way.proxy.source}, have the proxy let this server through to ${host}:${port}, or name it in NO_PROXY`,
    );
  }
}

async function filterFindings(
  { config: { servers }, server }: PreflightParts,
  inspection: Ec2Inspection,
  signal: AbortSignal,
): Promise<Finding[]> {
  const paths = servers.flatMap(({ interconnect }) => interconnect);
  const privateIps = paths.map(({ host }) => host).filter((host) => !isLoopback(host));
  if (servers.length === 1 || privateIps.length === 0) return [];
  const enis = await inspection.interfaces({ privateIps }, { signal });
  const known = servers.flatMap((one) => endsOf(one, enis));
  const missing = privateIps.filter((ip) => !known.some((end) => end.ip === ip));
  const findings: Finding[] = missing.map((ip) =>
    unclear(
      `interconnect ${ip}`,
      FAULT_CODES.filter,
      `EC2 knows no network interface with ${ip} in this region; who filters on the way is not known`,
      "correct the interconnect address, unless that server is not in this region",
    )
  );
  if (known.length < 2) return findings;
  // One after the other: of two at once the second would go on when the first has failed.
  const groupIds = [...new Set(known.flatMap(({ eni }) => eni.securityGroupIds))];
  const groups = await inspection.securityGroups(groupIds, { signal });
  const acls = await inspection.networkAcls([...new Set(known.map(({ eni }) => eni.subnetId))], { signal });
  // Each server tells of itself; what is between two others they tell.
  for (const own of known.filter((end) => end.server === server)) {
    for (const other of known.filter((end) => end.server !== server && end.path === own.path)) {
      findings.push(...pathFindings(own, other, { groups, acls }), ...pathFindings(other, own, { groups, acls }));
    }
  }
  return findings;
}

function endsOf(server: ServerConfig, enis: readonly InspectedInterface[]): (PathEnd & { path: number })[] {
  return server.interconnect.flatMap(({ host, port }, path) => {
    const eni = enis.find(({ privateIps }) => privateIps.includes(host));
    return eni === undefined ? [] : [{ server: server.name, ip: host, port, eni, path }];
  });
}
