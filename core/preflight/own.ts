/**
 * What the file expects of this machine besides its plugins: its interconnect addresses, the programs of recoveries, and
 * the watchdog. All of it is needed only when an agent starts or something has failed, which is late to find out.
 *
 * @module
 */
import type { ServerConfig } from "../config/config.ts";
import type { Os } from "../os/os.ts";
import { FAULT_CODES } from "../plugin/fault.ts";
import { broken, doubtful, type Finding, findingOfThrown, fine } from "../plugin/finding.ts";
import { canonicalIp } from "../plugin/ip_address.ts";
import { programFinding } from "../plugin/program_finding.ts";
import { isLoopback } from "./loopback.ts";
import type { PreflightParts } from "./parts.ts";
import type { ReportedFinding } from "./report.ts";

/** Asking the operating system takes no longer than this. In milliseconds. */
const LOOK_MS = 10_000;

/** Where the command of each step of a recovery stands in the file. */
const STEPS = {
  script: "recovery.script",
  reactivation: "recovery.before.reactivation",
  failover: "recovery.before.failover",
  finalAction: "recovery.before.finalAction",
} as const;

/** Looks at all three. */
export async function ownFindings(parts: PreflightParts): Promise<ReportedFinding[]> {
  const found = await Promise.all([addressFindings(parts), watchdogFindings(parts), scriptFindings(parts)]);
  return found.flat();
}

/** An agent that can't listen on one of its addresses does not start. */
async function addressFindings(
  { config, server, os, bounded }: Pick<PreflightParts, "config" | "server" | "os" | "bounded">,
): Promise<ReportedFinding[]> {
  const wanted = config.servers.find(({ name }) => name === server)?.interconnect.map(({ host }) => host)
    .filter((host) => !isLoopback(host)) ?? [];
  if (wanted.length === 0) return [];
  const subject = `interconnect of ${server}`;
  const findings = await bounded(LOOK_MS, (signal) => os.nics(signal)).then(
    (nics) => wanted.map((host) => addressFinding(subject, host, nics)),
    (thrown) => [findingOfThrown(subject, thrown)],
  );
  return findings.map((finding) => ({ ...finding, group: "*" }));
}

function addressFinding(
  subject: string,
  host: ServerConfig["interconnect"][number]["host"],
  nics: Awaited<ReturnType<Os["nics"]>>,
): Finding {
  const nic = nics.find(({ addresses }) => addresses.some(({ ip }) => canonicalIp(ip) === canonicalIp(host)));
  if (nic !== undefined) return fine(subject, `${host} is on ${nic.name}`);
  const has = nics.flatMap(({ addresses }) => addresses.map(({ ip }) => ip)).filter((ip) => !isLoopback(ip));
  return broken(
    subject,
    FAULT_CODES.port,
    `${host} is no address of this machine (it has ${has.join(", ") || "none"}), so no agent starts here`,
    "correct interconnect of this server, or look at another server with --server NAME",
  );
}

/** Only what can be seen without opening the device, because that begins to count. */
async function watchdogFindings({ config: { watchdog }, os, bounded }: PreflightParts): Promise<ReportedFinding[]> {
  if (watchdog === undefined) return [];
  const { device: name, required } = watchdog;
  const subject = `watchdog ${name}`;
  const device = os.watchdog(name);
  const remedy = required ? "remove required, and the agent starts without it" : "until then the agent runs without it";
  const missing = (message: string, remedy: string) =>
    (required ? broken : doubtful)(subject, FAULT_CODES.watchdog, message, remedy);
  const finding = device === null
    ? missing(`there are no watchdog devices on ${os.name}`, "remove watchdog from the file")
    : await bounded(LOOK_MS, () => device.facts()).then(
      ({ identity, timeoutMs }) => fine(subject, `it is there (${identity}, ${timeoutMs / 1_000} s)`),
      (thrown) => missing((thrown as Error).message, `load its driver (modprobe softdog without hardware); ${remedy}`),
    );
  return [{ ...finding, group: required ? "*" : null }];
}

/** The programs of the recoveries of all monitors that run here. */
async function scriptFindings({ config, server }: PreflightParts): Promise<ReportedFinding[]> {
  const looks = config.monitors.filter(({ servers }) => servers === undefined || servers.includes(server))
    .flatMap(({ name, scripts = {} }) =>
      Object.entries(scripts).map(([step, { command }]) =>
        programFinding(name, STEPS[step as keyof typeof STEPS], command)
      )
    );
  return (await Promise.all(looks)).map((finding) => ({ ...finding, group: null }));
}
