/**
 * What a new cluster is made of, once all questions are answered.
 *
 * @module
 */
import type { AccountInstance } from "../../aws/account.ts";

/** Where the clients are: in the VPC, or on the Internet. */
export type Topology = "vip" | "eip";

/** A server: its name and its instance. */
export interface PlannedServer {
  name: string;
  instance: AccountInstance;
  interconnect: string;
}

/** How network partitions are resolved. */
export type PlannedQuorum =
  | { type: "s3"; bucket: string }
  | { type: "ping"; addresses: string[] }
  | { type: "tcp"; host: string }
  | { type: "none" };

/** The whole of it. */
export interface InitPlan {
  topology: Topology;
  cluster: string;
  region: string;
  vpc: { id: string; blocks: string[] };
  servers: PlannedServer[];
  timing: string;
  quorum: PlannedQuorum;
  group: string;
  /** With `vip`: the address. */
  ip?: string;
  /** With `eip`: the address and its allocation. */
  allocation?: { id: string; publicIp: string };
  /** What the IP monitor of the guide does when this server can't leave its subnet; only with `ping`. */
  finalAction: "none" | "stop-service" | "shutdown" | "reboot";
  /** With a witness: where what it needs in AWS goes. */
  witness?: { vpc: string; tables: string[]; roles?: string[] };
  /** What an operator still has to put right in the account; sentences. */
  remarks: string[];
}
