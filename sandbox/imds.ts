/**
 * The instance metadata service as one server sees it: version 2 only, so nothing is told without a token.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { CredentialIssuer } from "./credentials.ts";
import type { Cloud } from "./ec2/cloud.ts";
import type { Instance, NetworkInterface, Region } from "./ec2/model.ts";
import { gone, listen, type Listener } from "./listener.ts";

/** `silent`: requests are never answered. `unreachable`: connections are reset. */
export type ImdsMode = "normal" | "silent" | "unreachable";

/** A running metadata service. */
export interface SandboxImds extends Listener {
  /** How it behaves from now on. */
  mode: ImdsMode;
  /** Forgets all tokens, as after a move of the instance to other hardware: the next request gets a 401. */
  forgetTokens(): void;
  /** Requests that were answered or left without an answer, by path. */
  readonly requests: ReadonlyMap<string, number>;
}

/** Whose metadata it tells. */
export interface ImdsSettings {
  cloud: Cloud;
  credentials: CredentialIssuer;
  server: string;
  instanceId: string;
  /** The address it listens on; loopback when left out. */
  host?: string;
}

const MAX_TTL_SECONDS = 21_600;
const MAX_TOKENS = 1_000;

/** Starts the metadata service of one server. */
export async function startImds(settings: ImdsSettings): Promise<SandboxImds> {
  const tokens = new Map<string, number>();
  const requests = new Map<string, number>();
  const state: { mode: ImdsMode } = { mode: "normal" };
  const listener = await listen(
    (request, response) => handle(request, response),
    () => state.mode === "unreachable" || isOff(),
    settings.host,
  );

  /** The metadata service is on the machine: what is off asks nobody. */
  function isOff(): boolean {
    const instance = settings.cloud.region.instances.find((one) => one.id === settings.instanceId);
    return instance?.state === "stopped" || instance?.state === "terminated";
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = decodeURI(new URL(request.url ?? "/", "http://imds").pathname);
    requests.set(path, (requests.get(path) ?? 0) + 1);
    if (state.mode === "silent") return await gone(response);
    if (state.mode === "unreachable" || isOff()) return void request.socket.destroy();
    if (path === "/latest/api/token") return issueToken(request, response);
    if (request.method !== "GET" && request.method !== "HEAD") return reply(response, 405, "Method Not Allowed");
    const token = request.headers["x-aws-ec2-metadata-token"];
    const endsAt = typeof token === "string" ? tokens.get(token) : undefined;
    if (endsAt === undefined || endsAt <= settings.cloud.settings.now()) return reply(response, 401, "Unauthorized");
    const value = lookUp(settings, path);
    reply(response, value === undefined ? 404 : 200, value ?? "Not Found");
  }

  function issueToken(request: IncomingMessage, response: ServerResponse): void {
    if (request.method !== "PUT") return reply(response, 405, "Method Not Allowed");
    // A request that was passed on by a proxy doesn't come from this instance.
    if (request.headers["x-forwarded-for"] !== undefined) return reply(response, 403, "Forbidden");
    const ttl = Number(request.headers["x-aws-ec2-metadata-token-ttl-seconds"]);
    if (!Number.isInteger(ttl) || ttl < 1 || ttl > MAX_TTL_SECONDS) return reply(response, 400, "Bad Request");
    const token = crypto.randomUUID();
    tokens.set(token, settings.cloud.settings.now() + ttl * 1_000);
    const oldest = tokens.keys().next().value;
    if (tokens.size > MAX_TOKENS && oldest !== undefined) tokens.delete(oldest);
    reply(response, 200, token, { "x-aws-ec2-metadata-token-ttl-seconds": String(ttl) });
  }

  return {
    url: listener.url,
    close: () => listener.close(),
    get mode() {
      return state.mode;
    },
    set mode(mode) {
      state.mode = mode;
    },
    forgetTokens: () => tokens.clear(),
    requests,
  };
}

function reply(response: ServerResponse, status: number, text: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, {
    "content-type": "text/plain",
    "content-length": String(new TextEncoder().encode(text).byteLength),
    ...headers,
  });
  response.end(text);
}

/** The value at a path, or the list of what is below it. */
function lookUp(settings: ImdsSettings, path: string): string | undefined {
  const region = settings.cloud.region;
  const instance = region.instances.find((one) => one.id === settings.instanceId);
  if (!instance) return undefined;
  const values = metadata(settings, region, instance);
  const exact = values.get(path);
  if (exact !== undefined) return exact();
  const folder = path.endsWith("/") ? path : `${path}/`;
  const children = new Set<string>();
  for (const key of values.keys()) {
    if (!key.startsWith(folder)) continue;
    const rest = key.slice(folder.length);
    const slash = rest.indexOf("/");
    children.add(slash < 0 ? rest : rest.slice(0, slash + 1));
  }
  return children.size === 0 ? undefined : [...children].join("\n");
}

function metadata(settings: ImdsSettings, region: Region, instance: Instance): Map<string, () => string> {
  const enis = region.networkInterfaces.filter((eni) => eni.attachment?.instanceId === instance.id)
    .sort((a, b) => a.attachment!.deviceIndex - b.attachment!.deviceIndex);
  const primary = enis[0];
  const data = "/latest/meta-data";
  const values = new Map<string, () => string>([
    [`${data}/instance-id`, () => instance.id],
    [`${data}/instance-type`, () => instance.instanceType],
    [`${data}/placement/availability-zone`, () => instance.zone],
    [`${data}/placement/availability-zone-id`, () => region.zones.find((one) => one.name === instance.zone)?.id ?? ""],
    [`${data}/placement/region`, () => region.name],
    [`${data}/services/domain`, () => "amazonaws.com"],
    ["/latest/dynamic/instance-identity/document", () => identity(region, instance, primary)],
  ]);
  if (instance.role !== "") {
    values.set(`${data}/iam/security-credentials/${instance.role}`, () => roleCredentials(settings));
  }
  if (primary) {
    values.set(`${data}/mac`, () => primary.mac);
    values.set(`${data}/local-ipv4`, () => primary.privateIps[0] ?? "");
  }
  for (const eni of enis) {
    const folder = `${data}/network/interfaces/macs/${eni.mac}`;
    const subnet = region.subnets.find((one) => one.id === eni.subnetId);
    const vpc = region.vpcs.find((one) => one.id === eni.vpcId);
    values.set(`${folder}/device-number`, () => String(eni.attachment!.deviceIndex));
    values.set(`${folder}/interface-id`, () => eni.id);
    values.set(`${folder}/local-ipv4s`, () => eni.privateIps.join("\n"));
    values.set(`${folder}/mac`, () => eni.mac);
    values.set(`${folder}/owner-id`, () => region.accountId);
    values.set(`${folder}/subnet-id`, () => eni.subnetId);
    values.set(`${folder}/subnet-ipv4-cidr-block`, () => subnet?.cidrBlock ?? "");
    values.set(`${folder}/vpc-id`, () => eni.vpcId);
    values.set(`${folder}/vpc-ipv4-cidr-block`, () => vpc?.cidrBlocks[0] ?? "");
    values.set(`${folder}/vpc-ipv4-cidr-blocks`, () => vpc?.cidrBlocks.join("\n") ?? "");
  }
  return values;
}

function roleCredentials(settings: ImdsSettings): string {
  const credentials = settings.credentials.current(settings.server);
  return JSON.stringify(
    {
      Code: "Success",
      LastUpdated: instant(credentials.issuedAt),
      Type: "AWS-HMAC",
      AccessKeyId: credentials.accessKeyId,
      SecretAccessKey: credentials.secretAccessKey,
      Token: credentials.token,
      Expiration: instant(credentials.expiresAt),
    },
    null,
    2,
  );
}

function identity(region: Region, instance: Instance, primary: NetworkInterface | undefined): string {
  return JSON.stringify(
    {
      accountId: region.accountId,
      architecture: "x86_64",
      availabilityZone: instance.zone,
      instanceId: instance.id,
      instanceType: instance.instanceType,
      privateIp: primary?.privateIps[0] ?? null,
      region: region.name,
      version: "2017-09-30",
    },
    null,
    2,
  );
}

/** As AWS writes it: without fractions of seconds. */
function instant(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
