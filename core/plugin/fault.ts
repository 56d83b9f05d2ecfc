import { plainText } from "./plain_text.ts";

/**
 * The guide's numbers, and below 5 and from 20 on our own, each with its meaning; from 300 on, where no exit
 * status of a script can be, are those of the file and of the commands. A warning carries the number + 100.
 * What an operator can do about each stands in `core/explain/codes`.
 */
export const FAULT_CODES = {
  /** A program of the operator's own said no. */
  program: 1,
  /** The EC2 API answered with an error, or the request is wrong: VPC / ENI / allocation id / route does not exist. */
  requestFailed: 5,
  /** No answer in time: the regional endpoint is not reachable. */
  timeout: 6,
  /** The VIP lies inside a VPC CIDR (aws-vip), or the EIP is not on the ENI (aws-eip). */
  address: 7,
  /** The route of the VIP points to another ENI. */
  routeChanged: 8,
  /** The addresses of a NIC are not configured as they should be (the guide: not static; here: the VIP is static). */
  nicAddress: 12,
  /** The source/destination check of the ENI is on, so that EC2 drops what is sent to the VIP. */
  sourceDestCheck: 20,
  /** Another machine of the network answers for the address that is to come here. */
  addressTaken: 21,
  /** The NIC has no link: the cable, the switch port or the virtual network is down. */
  noLink: 22,
  /** The DNS record names something else than this server. */
  recordChanged: 23,
  /** The wall clocks of two servers differ. */
  clock: 40,
  /** A path of the interconnect is silent in one direction. */
  path: 41,
  /** A security group or a network ACL lets something not through that the cluster needs. */
  filter: 42,
  /** The server is back from a reboot before the others notice that it was away. */
  boot: 43,
  /** Another cluster, or nobody that is known, uses the same address. */
  foreign: 44,
  /** Servers have different files or versions. */
  differs: 45,
  /** The AWS credentials are of a kind that is not meant for this, or end. */
  credentials: 46,
  /** The way to the regional endpoint ends when an address moves, or leads nowhere. */
  wayOut: 47,
  /** A route table does not lead to the VIP, or into a black hole. */
  routeRow: 48,
  /** The store of the witness takes conditions and ignores them. */
  conditions: 49,
  /** A service of a group starts by itself at boot. */
  autostart: 50,
  /** A server is there, but what it sends is not understood. */
  unclear: 51,
  /** The service of the agent, as systemd runs it, ends what it should not, or too early. */
  unit: 52,
  /** A file with a configuration can't be read, or is no YAML. */
  fileText: 300,
  /** A key of the file is missing or not known, or its value is not of the right form. */
  fileValue: 301,
  /** A name in the file is that of nothing, or of two things. */
  fileName: 302,
  /** Times in the file don't fit together. */
  fileTimes: 303,
  /** A type that the file names can't be used, or refuses its options. */
  fileType: 304,
  /** Two parts of the file contradict each other. */
  fileSense: 305,
  /** The key of the interconnect is missing, too short, or readable by others. */
  key: 306,
  /** This machine is none of the servers for certain. */
  identity: 307,
  /** The folder for state and journal can't be used. */
  stateFolder: 308,
  /** An address or port can't be listened on. */
  port: 309,
  /** The watchdog is not there, or can't do what is asked of it. */
  watchdog: 310,
  /** A command was given something that it can't understand. */
  arguments: 311,
  /** No agent answers, or it can't be asked. */
  noAgent: 312,
  /** An operation or a new file was refused, or not done in time. */
  refused: 313,
  /** What a command should make can't be made. */
  output: 314,
  /** Something that Baton needs on this machine is missing or broken. */
  internal: 99,
} as const;

/** A number a fault may carry: the guide's, or a plugin's own positive integer. */
export type FaultCode = number;

/**
 * A failure that an operator can act on: the guide's number, what happened, and what to do. Programs and the SDK have
 * said much of that, so it is made plain here.
 *
 * Plugins throw it from `activate` and `deactivate`. `uncertain` marks failures that say nothing about the state of
 * the thing itself (throttled, timed out, refused): in a monitor they become `unknown`, never `error`.
 */
export class Fault extends Error {
  override name = "Fault";
  constructor(
    readonly code: FaultCode,
    message: string,
    readonly details: { remedy?: string; uncertain?: boolean; cause?: unknown } = {},
  ) {
    super(plainText(message), details.cause === undefined ? undefined : { cause: details.cause });
  }

  /** What would make it work. Empty when nothing general can be said. */
  get remedy(): string {
    return plainText(this.details.remedy ?? "");
  }

  /** True when the failure says nothing about the state that was asked for. */
  get uncertain(): boolean {
    return this.details.uncertain ?? false;
  }
}
