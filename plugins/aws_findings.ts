/**
 * What the preflights of the AWS types have in common.
 *
 * @module
 */
import { lacksRights } from "../core/aws/failure.ts";
import type { InspectedInterface, InspectedTable, TrialCall } from "../core/aws/inspection.ts";
import type { PreflightContext } from "../core/plugin/contract.ts";
import { Fault, FAULT_CODES } from "../core/plugin/fault.ts";
import { broken, type Finding, findingOfThrown, fine } from "../core/plugin/finding.ts";

/** Time for the metadata service to say which instance this is, in milliseconds. */
const IDENTITY_MS = 2_000;

/** What was thrown: a missing right or missing credentials are what a preflight looks for, so they are errors. */
function thrownFinding(subject: string, thrown: unknown): Finding {
  return findingOfThrown(subject, thrown, lacksRights(thrown));
}

/** What asking EC2 needs, whatever the options are. */
type Inspecting = Pick<PreflightContext, "name" | "signal" | "inspect">;

/** Carries out one look; what it throws is its finding. */
export async function look(subject: string, work: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await work();
  } catch (thrown) {
    return [thrownFinding(subject, thrown)];
  }
}

/** Whether this server may make the call, found out by a dry run. */
export async function attemptFinding(context: Inspecting, call: TrialCall): Promise<Finding> {
  try {
    await (await context.inspect()).attempt(call, { signal: context.signal });
    return fine(context.name, `ec2:${call.action} is allowed`);
  } catch (thrown) {
    return thrownFinding(context.name, thrown);
  }
}

/** The ENI, asked for now. */
export async function inspectEni(context: Inspecting, eni: string): Promise<InspectedInterface> {
  const found = await (await context.inspect()).interfaces({ ids: [eni] }, { signal: context.signal });
  const [one] = found;
  if (one !== undefined) return one;
  throw new Fault(FAULT_CODES.requestFailed, `The networkInterface ID '${eni}' does not exist`, {
    remedy: `correct '${eni}' in cluster.yaml`,
  });
}

/** The ENI must be on this very instance: those of the servers are easily interchanged under `individually`. */
export async function ownershipFinding(
  context: PreflightContext<{ eni: string; nic?: string }>,
  eni: InspectedInterface,
): Promise<Finding> {
  const { name, server } = context;
  const attached = eni.instanceId === undefined ? "attached to no instance" : `on ${eni.instanceId}`;
  let instance: string;
  try {
    const within = AbortSignal.any([context.signal, AbortSignal.timeout(IDENTITY_MS)]);
    instance = await context.imds.instanceId({ signal: within });
  } catch (thrown) {
    context.signal.throwIfAborted();
    return thrownFinding(name, thrown);
  }
  if (eni.instanceId !== instance) {
    return broken(
      name,
      FAULT_CODES.requestFailed,
      `${eni.id} is ${attached}, but ${server} is ${instance}`,
      `set eni of ${server} to the network interface of ${instance}, under individually`,
    );
  }
  if (context.options.nic === undefined) {
    const nics = await context.os.nics(context.signal);
    if (!nics.some(({ mac }) => mac === eni.mac)) {
      return broken(
        name,
        FAULT_CODES.requestFailed,
        `no network interface of this server has the hardware address ${eni.mac} of ${eni.id}`,
        `name the interface of this server with nic (it has ${nics.map((nic) => nic.name).join(", ") || "none"})`,
      );
    }
  }
  return fine(name, `${eni.id} is on this server (${instance})`);
}

/** The table that a subnet uses: its own, or the main one. */
export function tableOf(tables: readonly InspectedTable[], subnetId: string): InspectedTable | undefined {
  return tables.find(({ subnetIds }) => subnetIds.includes(subnetId)) ?? tables.find(({ main }) => main);
}

/** The way from a subnet to the regional endpoint: the default route of its table. */
export function wayOutFinding(subject: string, tables: readonly InspectedTable[], eni: InspectedInterface): Finding {
  const table = tableOf(tables, eni.subnetId);
  const open = table?.routes.find(({ destination }) => destination === "0.0.0.0/0" || destination === "::/0");
  if (table === undefined || open === undefined) {
    // An interface endpoint of EC2 in the VPC needs no route; that this was answered shows that some way is there.
    return fine(subject, `${table?.id ?? eni.subnetId} has no default route; EC2 answers by another way`);
  }
  if (open.state === "blackhole") {
    return broken(
      subject,
      FAULT_CODES.wayOut,
      `the default route of ${table.id}, which ${eni.subnetId} uses, leads to ${open.target}, which is gone or stopped`,
      `start the NAT instance again, or point the default route of ${table.id} to one that runs`,
    );
  }
  return fine(subject, `${table.id} leads out by ${open.target}`);
}
