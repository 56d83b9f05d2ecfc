/**
 * The questions of a preflight over the shared client.
 *
 * @module
 */
import { Fault, FAULT_CODES } from "../plugin/fault.ts";
import { type AwsCall, awsFault } from "./aws_fault.ts";
import type { CallOptions } from "./ec2.ts";
import { Ec2Calls, type Send } from "./ec2_calls.ts";
import type { Ec2Sdk, LoadedSdk } from "./ec2_sdk.ts";
import { classify } from "./failure.ts";
import type {
  Credentials,
  Ec2Inspection,
  InspectedInterface,
  InspectedTable,
  NetworkAcl,
  SecurityGroup,
  TrialCall,
} from "./inspection.ts";
import { inspectedInterface, inspectedTable, networkAclOf, securityGroupOf } from "./inspection_shapes.ts";
import { destinationOf } from "./shapes.ts";

/** Pages of one listing that are read at most. */
const MAX_PAGES = 50;
const PAGE_SIZE = 100;

/** Makes the questions over the shared client; nothing is loaded before the first. */
export function createInspection(sdk: Ec2Sdk): Ec2Inspection {
  return new Inspection(sdk);
}

class Inspection implements Ec2Inspection {
  readonly #calls: Ec2Calls;

  constructor(private readonly sdk: Ec2Sdk) {
    // No permit at all: whatever would change something is refused before it is sent.
    this.#calls = new Ec2Calls(sdk, () => 0);
  }

  endpoint({ signal }: CallOptions): Promise<{ host: string; port: number; region: string }> {
    return this.#read("GetEndpoint", "this server", signal, async (loaded) => {
      const { protocol, hostname, port } = await destinationOfCalls(loaded);
      return { host: hostname, port: port ?? (protocol === "http:" ? 80 : 443), region: loaded.region };
    });
  }

  credentials({ signal }: CallOptions): Promise<Credentials> {
    return this.#read("GetCredentials", "this server", signal, async ({ client }) => {
      const found = await client.config.credentials();
      const source = Object.keys((found as { $source?: object }).$source ?? {});
      return {
        kind: kindOf(source, found.sessionToken !== undefined),
        hint: found.accessKeyId.slice(-4),
        ...(found.expiration === undefined ? {} : { expiresAtMs: found.expiration.getTime() }),
      };
    });
  }

  async interfaces(
    query: { ids: string[] } | { privateIps: string[] },
    { signal }: CallOptions,
  ): Promise<InspectedInterface[]> {
    const input = "ids" in query
      ? { NetworkInterfaceIds: query.ids }
      : { Filters: [{ Name: "addresses.private-ip-address", Values: query.privateIps }] };
    const subject = ("ids" in query ? query.ids : query.privateIps).join(", ");
    const answer = await this.#read(
      "DescribeNetworkInterfaces",
      subject,
      signal,
      ({ client, commands }, abortSignal) =>
        client.send(new commands.DescribeNetworkInterfacesCommand(input), { abortSignal }),
    );
    return (answer.NetworkInterfaces ?? []).map(inspectedInterface);
  }

  async tables(vpcId: string, { signal }: CallOptions): Promise<InspectedTable[]> {
    const tables: InspectedTable[] = [];
    let token: string | undefined;
    for (let page = 0; page < MAX_PAGES; page++) {
      const input = {
        Filters: [{ Name: "vpc-id", Values: [vpcId] }],
        MaxResults: PAGE_SIZE,
        ...(token === undefined ? {} : { NextToken: token }),
      };
      const answer = await this.#read(
        "DescribeRouteTables",
        vpcId,
        signal,
        ({ client, commands }, abortSignal) =>
          client.send(new commands.DescribeRouteTablesCommand(input), { abortSignal }),
      );
      tables.push(...(answer.RouteTables ?? []).map(inspectedTable));
      token = answer.NextToken;
      if (!token) return tables;
    }
    const call = { action: "DescribeRouteTables", subject: vpcId };
    throw awsFault(new Error(`the list of route tables doesn't end after ${MAX_PAGES} pages`), call);
  }

  async securityGroups(ids: readonly string[], { signal }: CallOptions): Promise<SecurityGroup[]> {
    const input = { GroupIds: [...ids] };
    const answer = await this.#read(
      "DescribeSecurityGroups",
      ids.join(", "),
      signal,
      ({ client, commands }, abortSignal) =>
        client.send(new commands.DescribeSecurityGroupsCommand(input), { abortSignal }),
    );
    return (answer.SecurityGroups ?? []).map(securityGroupOf);
  }

  async networkAcls(subnetIds: readonly string[], { signal }: CallOptions): Promise<NetworkAcl[]> {
    const input = { Filters: [{ Name: "association.subnet-id", Values: [...subnetIds] }] };
    const answer = await this.#read(
      "DescribeNetworkAcls",
      subnetIds.join(", "),
      signal,
      ({ client, commands }, abortSignal) =>
        client.send(new commands.DescribeNetworkAclsCommand(input), { abortSignal }),
    );
    return (answer.NetworkAcls ?? []).map(networkAclOf);
  }

  async attempt(trial: TrialCall, { signal }: CallOptions): Promise<void> {
    const call = { action: trial.action, subject: subjectOf(trial) };
    try {
      await this.#calls.read(call, signal, (loaded, abortSignal) => sendDry(loaded, trial, abortSignal));
    } catch (error) {
      const code = error instanceof Fault ? classify(error.cause).code : "";
      // An address in use elsewhere is only said to somebody who may associate it.
      if (code === "DryRunOperation" || code === "Resource.AlreadyAssociated") return;
      throw error;
    }
    throw new Fault(FAULT_CODES.requestFailed, `the EC2 endpoint did ${trial.action} instead of only trying it`, {
      uncertain: true,
      remedy: "use an endpoint that honours DryRun",
    });
  }

  #read<T>(action: string, subject: string, signal: AbortSignal, send: Send<T>): Promise<T> {
    const call: AwsCall = { action, subject };
    return this.#calls.read(call, signal, send);
  }
}

interface Destination {
  protocol: string;
  hostname: string;
  port?: number;
}

/**
 * Where calls go: the environment, the shared AWS files and the region all have their say, so a call is made ready and
 * given up before it is signed and sent.
 */
async function destinationOfCalls({ client, commands }: LoadedSdk): Promise<Destination> {
  const command = new commands.DescribeAvailabilityZonesCommand({});
  let found: Destination | undefined;
  const seen = new Error("the destination is known");
  command.middlewareStack.add(
    () => (args) => {
      found = args.request as Destination;
      throw seen;
    },
    { step: "build", priority: "low", name: "batonDestination" },
  );
  try {
    await client.send(command);
  } catch (error) {
    if (error !== seen || found === undefined) throw error;
    return found;
  }
  throw new Error("the call was sent instead of given up");
}

function sendDry({ client, commands }: LoadedSdk, trial: TrialCall, abortSignal: AbortSignal): Promise<unknown> {
  const DryRun = true;
  switch (trial.action) {
    case "ReplaceRoute":
    case "CreateRoute": {
      const { tableId: RouteTableId, eniId: NetworkInterfaceId, destination } = trial;
      const input = { RouteTableId, NetworkInterfaceId, ...destinationOf(destination), DryRun };
      return trial.action === "ReplaceRoute"
        ? client.send(new commands.ReplaceRouteCommand(input), { abortSignal })
        : client.send(new commands.CreateRouteCommand(input), { abortSignal });
    }
    case "AssociateAddress": {
      const { allocationId: AllocationId, eniId: NetworkInterfaceId, privateIp } = trial;
      // An endpoint that does not know DryRun must not move an address that is in use.
      const input = {
        AllocationId,
        NetworkInterfaceId,
        ...(privateIp === undefined ? {} : { PrivateIpAddress: privateIp }),
        AllowReassociation: false,
        DryRun,
      };
      return client.send(new commands.AssociateAddressCommand(input), { abortSignal });
    }
    case "DisassociateAddress":
      return client.send(new commands.DisassociateAddressCommand({ AssociationId: trial.associationId, DryRun }), {
        abortSignal,
      });
  }
}

function subjectOf(trial: TrialCall): string {
  switch (trial.action) {
    case "ReplaceRoute":
    case "CreateRoute":
      return `${trial.destination} in ${trial.tableId} to ${trial.eniId}`;
    case "AssociateAddress":
      return `${trial.allocationId} with ${trial.eniId}`;
    case "DisassociateAddress":
      return trial.associationId;
  }
}

/** The SDK notes where credentials come from, except for those of the instance's role. */
function kindOf(source: readonly string[], temporary: boolean): Credentials["kind"] {
  if (source.some((one) => /STS|SSO|ASSUME/.test(one))) return "assumed";
  if (source.some((one) => /ENV_VARS|PROFILE|CODE/.test(one))) return temporary ? "other" : "keys";
  return temporary ? "role" : "keys";
}
