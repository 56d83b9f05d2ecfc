/**
 * The sandbox: EC2, S3 and the metadata service of a small region, on loopback, for the real SDK.
 *
 * @module
 */
import { startControl } from "./control.ts";
import { CredentialIssuer } from "./credentials.ts";
import { CallLog } from "./ec2/calls.ts";
import { Cloud } from "./ec2/cloud.ts";
import { Faults } from "./ec2/faults.ts";
import type { Region } from "./ec2/model.ts";
import { followInstances, type Power } from "./ec2/power.ts";
import { type Ec2Shared, startEc2 } from "./ec2/server.ts";
import { startGlobalServices } from "./global_services.ts";
import { type SandboxImds, startImds } from "./imds.ts";
import type { Listener } from "./listener.ts";
import { Roles, type RoleSpec } from "./roles.ts";
import { type HostedZone, Zones } from "./route53.ts";
import { Buckets, type BucketTable } from "./s3.ts";
import { startS3 } from "./s3_server.ts";
import { Timers } from "./timers.ts";
import type { Topology } from "./topology.ts";

export type { Call, CallLog } from "./ec2/calls.ts";
export type { ActiveFault, Faults, FaultSpec } from "./ec2/faults.ts";
export type { Region } from "./ec2/model.ts";
export type { ImdsMode, SandboxImds } from "./imds.ts";
export type { HostedZone, ZoneRecord } from "./route53.ts";
export type { BucketTable } from "./s3.ts";
export { eipTopology, type Topology, vipTopology } from "./topology.ts";

/** All left out: every server of the topology may do everything. */
export interface SandboxOptions {
  /** Servers that get an endpoint of their own; left out: all of the topology. */
  servers?: string[];
  /** Actions that a server's role may use, such as `ec2:Describe*`. */
  allow?: Record<string, readonly string[]>;
  /** Roles that servers can assume, by their ARNs. */
  roles?: Record<string, RoleSpec>;
  /** Hosted zones of Route 53. */
  zones?: HostedZone[];
  /** Names of buckets of S3 that are there from the start. */
  buckets?: readonly string[];
  /** Milliseconds until all name servers of a zone have a change. */
  zoneSyncMs?: number;
  /** Milliseconds that an instance takes to start, and to stop when its operating system shuts down. */
  instanceDelayMs?: number;
  /** Milliseconds that it takes to stop when that is skipped; left out: a quarter of the above. */
  skipShutdownDelayMs?: number;
  /** Milliseconds after which a forced stop no longer waits for it; left out: four times the above. */
  forceDelayMs?: number;
  /** Ends or starts the process that plays a server; its instance is stopped, or runs, once that is done. */
  power?: (server: string, power: "on" | "off") => void | Promise<void>;
  /** Life of a role's credentials, in milliseconds. */
  credentialLifeMs?: number;
  /** The IPv4 address that EC2 and the metadata services listen on; loopback when left out. */
  host?: string;
}

/** The URLs of a server's services. STS and Route 53 share one. */
export interface Endpoints {
  ec2: string;
  sts: string;
  route53: string;
  s3: string;
  imds: string;
}

/** A running sandbox. */
export interface Sandbox {
  /** The names of the servers that have endpoints. */
  readonly servers: readonly string[];
  /** `http://127.0.0.1:PORT` of EC2 for this server. */
  endpoint(server: string): string;
  /** `http://127.0.0.1:PORT` of the metadata service of this server. */
  imdsEndpoint(server: string): string;
  /** The metadata service of this server, to silence it. */
  imds(server: string): SandboxImds;
  /** The URLs of all services for this server. */
  endpoints(server: string): Endpoints;
  /** The environment of an agent on this server: endpoints, region, no credentials but those of the instance's role. */
  env(server: string): Record<string, string>;
  readonly faults: Faults;
  readonly calls: CallLog;
  /** The region as it is now. Changes to it take effect at once; stale reads don't know of them. */
  readonly region: Region;
  /** The hosted zones as they are now, and changes to them likewise. */
  readonly zones: HostedZone[];
  /** The buckets of S3 as they are now, and changes to them likewise. */
  readonly buckets: BucketTable;
  /** `http://127.0.0.1:PORT` of S3 for this server. */
  s3Endpoint(server: string): string;
  /** `http://127.0.0.1:PORT` of the control endpoint. */
  readonly controlUrl: string;
  /** Ends everything. Calls that would have taken effect later don't. */
  close(): Promise<void>;
}

/** Starts the sandbox on ephemeral ports, of loopback unless `host` says otherwise. The region of the topology is copied. */
export async function startSandbox(topology: Topology, options: SandboxOptions = {}): Promise<Sandbox> {
  const now = () => Math.round(performance.timeOrigin + performance.now());
  const timers = new Timers();
  const cloud = new Cloud(structuredClone(topology.region), {
    ...delays(options),
    now,
    ...(options.power
      ? { changed: followInstances({ power: powerOf(topology, options.power), now, wait: (ms) => timers.wait(ms) }) }
      : {}),
  });
  const credentials = new CredentialIssuer({ lifeMs: options.credentialLifeMs ?? 6 * 3_600_000, now });
  const roles = new Roles(options.roles ?? {});
  const shared: Ec2Shared = { cloud, faults: new Faults(), calls: new CallLog(), credentials, roles, timers };
  const zones = new Zones(structuredClone(options.zones ?? []), { syncMs: options.zoneSyncMs ?? 500, now });

  const buckets = new Buckets(
    new Map(options.buckets?.map((name) => [name, new Map()])),
    cloud.region.name,
  );

  const chosen = (options.servers ?? topology.servers.map((one) => one.name)).map((name) => {
    const server = topology.servers.find((one) => one.name === name);
    if (!server) {
      const known = topology.servers.map((one) => one.name).join(", ");
      throw new Error(`the topology has no server ${name}; it has ${known}`);
    }
    return server;
  });

  const open: Listener[] = [];
  const endpoints = new Map<string, Listener>();
  const others = new Map<string, Listener>();
  const stores = new Map<string, Listener>();
  const metadata = new Map<string, SandboxImds>();
  const keep = <One extends Listener>(listener: One): One => {
    open.push(listener);
    return listener;
  };
  const close = async () => {
    shared.timers.clear();
    await Promise.all(open.splice(0).map((listener) => listener.close()));
  };

  try {
    for (const { name, instanceId } of chosen) {
      const role = cloud.region.instances.find((one) => one.id === instanceId)?.role ?? "none";
      const principal = `arn:aws:sts::${cloud.region.accountId}:assumed-role/${role}/${instanceId}`;
      const allow = options.allow?.[name];
      const caller = { principal, ...(allow ? { allow } : {}) };
      endpoints.set(name, keep(await startEc2(shared, name, caller, options.host)));
      others.set(name, keep(await startGlobalServices(shared, zones, name, caller, options.host)));
      stores.set(name, keep(await startS3(shared, buckets, name, caller, options.host)));
      metadata.set(
        name,
        keep(
          await startImds({
            cloud,
            credentials,
            server: name,
            instanceId,
            ...(options.host === undefined ? {} : { host: options.host }),
          }),
        ),
      );
    }
    const control = keep(await startControl({ cloud, faults: shared.faults, calls: shared.calls, imds: metadata }));
    const imds = (server: string) => of(metadata, server);
    const urls = (server: string): Endpoints => ({
      ec2: of(endpoints, server).url,
      sts: of(others, server).url,
      route53: of(others, server).url,
      s3: of(stores, server).url,
      imds: imds(server).url,
    });
    return {
      servers: chosen.map((one) => one.name),
      endpoint: (server) => of(endpoints, server).url,
      imdsEndpoint: (server) => imds(server).url,
      imds,
      endpoints: urls,
      env: (server) => environment(urls(server), cloud.region.name),
      zones: zones.zones,
      buckets: buckets.table,
      s3Endpoint: (server) => of(stores, server).url,
      faults: shared.faults,
      calls: shared.calls,
      get region() {
        return cloud.region;
      },
      controlUrl: control.url,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function delays({ instanceDelayMs = 1_000, skipShutdownDelayMs, forceDelayMs }: SandboxOptions) {
  return {
    instanceDelayMs,
    skipShutdownDelayMs: skipShutdownDelayMs ?? instanceDelayMs / 4,
    forceDelayMs: forceDelayMs ?? instanceDelayMs * 4,
  };
}

/** The same by the ids of instances; those that are no servers, such as NAT instances, are played by nobody. */
function powerOf(topology: Topology, power: NonNullable<SandboxOptions["power"]>): Power {
  return (instanceId, wanted) => {
    const server = topology.servers.find((one) => one.instanceId === instanceId);
    if (server) return power(server.name, wanted);
  };
}

function of<One>(all: ReadonlyMap<string, One>, server: string): One {
  const one = all.get(server);
  if (!one) throw new Error(`the sandbox has no server ${server}; it has ${[...all.keys()].join(", ")}`);
  return one;
}

function environment(urls: Endpoints, region: string): Record<string, string> {
  const nothing = Deno.build.os === "windows" ? "NUL" : "/dev/null";
  return {
    AWS_ENDPOINT_URL_EC2: urls.ec2,
    AWS_ENDPOINT_URL_STS: urls.sts,
    AWS_ENDPOINT_URL_ROUTE_53: urls.route53,
    AWS_ENDPOINT_URL_S3: urls.s3,
    AWS_EC2_METADATA_SERVICE_ENDPOINT: urls.imds,
    AWS_EC2_METADATA_DISABLED: "false",
    AWS_REGION: region,
    // What the user of the sandbox has for the real AWS must not be used by accident.
    AWS_ACCESS_KEY_ID: "",
    AWS_SECRET_ACCESS_KEY: "",
    AWS_SESSION_TOKEN: "",
    AWS_PROFILE: "",
    AWS_CONFIG_FILE: nothing,
    AWS_SHARED_CREDENTIALS_FILE: nothing,
  };
}
