/**
 * Whether an ENI is on this very instance. The ids of the servers are easily interchanged in `cluster.yaml`; then a group
 * would be online here while its address leads to another server. So everything that takes an `eni` asks this first.
 *
 * @module
 */
import type { Ec2, NetworkInterface } from "../../core/aws/ec2.ts";
import type { Nic } from "../../core/os/os.ts";
import type { PluginContext } from "../../core/plugin/contract.ts";
import { withDeadline } from "../../core/plugin/deadline.ts";
import { Fault, FAULT_CODES } from "../../core/plugin/fault.ts";
import { normal, type Verdict } from "../../core/plugin/verdict.ts";
import { together } from "../together.ts";
import { freshInterface, networkInterface } from "./aws_eni.ts";

/** Time for the metadata service to say which instance this is, in milliseconds. */
const IDENTITY_MS = 2_000;

/** An ENI, and where it is. */
export interface Place {
  eni: NetworkInterface;
  /** Undefined: it is not known. */
  here: boolean | undefined;
  /** A clause for messages, where it is not known to be here. */
  said: string;
  /** What to do where it is elsewhere. */
  remedy: string;
}

/** What asking needs. */
export type Asking = Pick<PluginContext<{ eni: string }>, "options" | "os" | "signal" | "imds" | "server">;

/**
 * Where the ENI is. The hardware address of a NIC of this machine proves it without network: EC2 gives each to one ENI
 * only. Where none has it (a bond, a container) the instance decides, and EC2 is asked anew, because an ENI can move.
 */
export async function placeOf(ec2: Ec2, asking: Asking, nics: Promise<Nic[]>): Promise<Place> {
  const [eni, own] = await together([networkInterface(ec2, asking.options.eni, asking), nics]);
  if (own.some(({ mac }) => mac !== "" && mac === eni.mac)) return { eni, here: true, said: "", remedy: "" };
  const [now, instance] = await together([latest(ec2, eni, asking), identity(asking)]);
  return compare(now, instance, asking.server);
}

/** The ENI, which is on this instance: throws a `Fault` when it is not, and warns when that can't be found out. */
export async function ownInterface(
  ec2: Ec2,
  context: Asking & Pick<PluginContext, "log">,
  nics: Promise<Nic[]>,
): Promise<NetworkInterface> {
  const { eni, here, said, remedy } = await placeOf(ec2, context, nics);
  if (here === false) throw new Fault(FAULT_CODES.requestFailed, said, { remedy });
  if (here === undefined) context.log.warn(said);
  return eni;
}

/** For monitors: an error when the ENI is on another instance. That it can't be found out is no reason to move. */
export async function placeVerdict(ec2: Ec2, asking: Asking, nics: Promise<Nic[]>): Promise<Verdict> {
  const { eni, here, said, remedy } = await placeOf(ec2, asking, nics);
  if (here !== false) return normal(here ? `${eni.id} is on this server` : said);
  return { status: "error", code: FAULT_CODES.requestFailed, message: `${said}; ${remedy}` };
}

/** What EC2 says now; what it said before when it can't be asked. */
async function latest(ec2: Ec2, eni: NetworkInterface, asking: Asking): Promise<NetworkInterface> {
  try {
    return await freshInterface(ec2, eni.id, asking);
  } catch (error) {
    if (asking.signal.aborted || !(error instanceof Fault && error.uncertain)) throw error;
    return eni;
  }
}

/** The id of this instance, or why it is not known. */
async function identity({ imds, signal }: Asking): Promise<{ id: string } | { unknown: string }> {
  try {
    return { id: await withDeadline(signal, IDENTITY_MS, (within) => imds.instanceId({ signal: within })) };
  } catch (error) {
    signal.throwIfAborted();
    return { unknown: error instanceof Error ? error.message : String(error) };
  }
}

function compare(eni: NetworkInterface, instance: { id: string } | { unknown: string }, server: string): Place {
  const attached = eni.instanceId === undefined ? "on no instance" : `on ${eni.instanceId}`;
  if ("unknown" in instance) {
    const said =
      `whether ${eni.id} is on this server is not known: no network interface here has its hardware address ` +
      `${eni.mac}, it is ${attached}, and which instance this is could not be found out (${instance.unknown})`;
    return { eni, here: undefined, said, remedy: "" };
  }
  if (eni.instanceId === instance.id) return { eni, here: true, said: "", remedy: "" };
  return {
    eni,
    here: false,
    said: `${eni.id} is ${attached}, but ${server} runs on ${instance.id}`,
    remedy: `set eni of ${server} to the network interface of ${instance.id}, under individually`,
  };
}
