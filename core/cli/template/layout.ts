/**
 * The network that a `cluster.yaml` describes without saying so: which subnets its addresses lie on, which ports its
 * servers use, what they ask.
 *
 * @module
 */
import type { ClusterConfig, PerServer } from "../../config/config.ts";
import { cidrContains } from "../../plugin/ip_address.ts";
import { WorkError } from "../command.ts";
import { FAULT_CODES } from "../../plugin/fault.ts";
import { witnessBucket } from "./witness.ts";

/** A subnet with its place. */
export interface Subnet {
  /** Of its resources in the template: `ServerSubnet1`. */
  id: string;
  block: string;
  /** The zone that the file names, as the parameter Zone1 ...; left out: the region's zone of this number. */
  zone?: string;
  number: number;
}

/** A server. */
export interface LaidServer {
  name: string;
  /** Of its resources in the template: `Server1`. */
  id: string;
  ip: string;
  subnet: Subnet;
  /** The network interface that the file names, to be put in the place of. */
  eni?: string;
}

/** The whole of it. */
export interface Layout {
  cluster: string;
  block: string;
  servers: LaidServer[];
  serverSubnets: Subnet[];
  /** The zones that the file names: Zone1 is the first. */
  zones: string[];
  /** Virtual addresses. */
  vips: string[];
  /** Allocations of Elastic IPs, as the file has them. */
  allocations: string[];
  vpcId?: string;
  /** NAT instances that the file pings, each with the subnet it lies on. */
  nats: { id: string; ip: string; subnet: Subnet }[];
  /** Subnets for NAT gateways where nothing is pinged. */
  gatewaySubnets: Subnet[];
  /** UDP ports of the interconnect. */
  interconnectPorts: number[];
  /** TCP ports that servers connect to, besides 443. */
  askedPorts: number[];
  /** Services of AWS that servers with a private address only reach through an endpoint in the VPC. */
  gatewayEndpoints: ("s3" | "dynamodb")[];
  /** The bucket of the witness, where it is one of AWS. */
  bucket?: string;
}

/** Reads the layout out of a configuration. Throws a {@linkcode WorkError} where there is none. */
export function layoutOf(config: ClusterConfig): Layout {
  const addresses = config.servers.map(({ interconnect }) => interconnect[0]!.host);
  const resources = config.groups.flatMap((group) => group.resources);
  const vips = resources.filter(({ type }) => type === "aws-vip");
  const eips = resources.filter(({ type }) => type === "aws-eip");
  if (vips.length + eips.length === 0) {
    throw new WorkError(
      "the file has no resource of the type aws-vip or aws-eip: there is nothing to make a network for",
      FAULT_CODES.output,
    );
  }
  const block = `${addresses[0]!.split(".").slice(0, 2).join(".")}.0.0/16`;
  const odd = addresses.find((ip) => !cidrContains(block, ip));
  if (odd !== undefined) {
    throw new WorkError(
      `${odd} is not in ${block} as ${addresses[0]} is: a template for one VPC needs IPv4 addresses in one /16`,
      FAULT_CODES.output,
    );
  }
  const ips = vips.map(({ options }) => String(first(options).ip));
  const inside = ips.find((ip) => cidrContains(block, ip));
  if (inside !== undefined) {
    throw new WorkError(`the virtual address ${inside} is in ${block}, which the servers are in`, FAULT_CODES.address);
  }
  const zones = config.monitors.find(({ type }) => type === "aws-az")?.options;
  const serverSubnets: Subnet[] = [];
  const servers = config.servers.map(({ name }, at): LaidServer => {
    const ip = addresses[at]!;
    const zone = zones?.get(name)?.zone;
    const subnet = subnetOf(serverSubnets, "ServerSubnet", ip, typeof zone === "string" ? zone : undefined);
    const eni = [...vips, ...eips].map(({ options }) => options.get(name)?.eni).find((one) => one !== undefined);
    return { name, id: `Server${at + 1}`, ip, subnet, ...(eni === undefined ? {} : { eni: String(eni) }) };
  });
  const natSubnets: Subnet[] = [];
  // A monitor that asks whether this server can leave its subnet pings the same instances as a device would.
  const pingers = [
    ...config.quorum.filter(({ type }) => type === "ping"),
    ...config.monitors.filter(({ type }) => type === "ip"),
  ];
  const pinged = eips.length > 0
    ? []
    : pingers.flatMap(({ options }) => first(options).addresses as string[]).filter((ip) => cidrContains(block, ip));
  const nats = [...new Set(pinged)].map((ip, at) => {
    if (serverSubnets.some((subnet) => cidrContains(subnet.block, ip))) {
      throw new WorkError(
        `${ip} is pinged as a NAT instance but lies on a subnet of the servers; NATs need public ones`,
        FAULT_CODES.output,
      );
    }
    return { id: `Nat${at + 1}`, ip, subnet: subnetOf(natSubnets, "PublicSubnet", ip, serverSubnets[at]?.zone) };
  });
  const bucket = witnessBucket(config);
  const vpc = vips.map(({ options }) => first(options).vpc).find((one) => one !== undefined);
  return {
    cluster: config.cluster,
    block,
    servers,
    serverSubnets,
    zones: [...new Set(serverSubnets.flatMap(({ zone }) => zone ?? []))],
    vips: [...new Set(ips)],
    allocations: [...new Set(eips.map(({ options }) => String(first(options).allocation)))],
    ...(vpc === undefined ? {} : { vpcId: String(vpc) }),
    nats,
    gatewaySubnets: eips.length > 0 || nats.length > 0 ? [] : freeSubnets(block, serverSubnets),
    interconnectPorts: [...new Set(config.servers.flatMap(({ interconnect }) => interconnect.map(({ port }) => port)))],
    askedPorts: askedPorts(config),
    gatewayEndpoints: config.witness?.type === "s3" || config.witness?.type === "dynamodb" ? [config.witness.type] : [],
    ...(bucket === undefined ? {} : { bucket }),
  };
}

/** The /24 of an address, made when it is not there yet. */
function subnetOf(subnets: Subnet[], prefix: string, ip: string, zone: string | undefined): Subnet {
  const block = `${ip.split(".").slice(0, 3).join(".")}.0/24`;
  const found = subnets.find((one) => one.block === block);
  if (found) return found;
  const number = subnets.length;
  const subnet = { id: `${prefix}${number + 1}`, block, number, ...(zone === undefined ? {} : { zone }) };
  subnets.push(subnet);
  return subnet;
}

/** A public subnet beside each of the servers'. */
function freeSubnets(block: string, taken: readonly Subnet[]): Subnet[] {
  const base = block.split(".").slice(0, 2).join(".");
  const used = new Set(taken.map((subnet) => subnet.block));
  const free = Array.from({ length: 256 }, (_, third) => `${base}.${third}.0/24`).filter((one) => !used.has(one));
  return taken.map(({ zone, number }) => ({
    id: `PublicSubnet${number + 1}`,
    block: free[number]!,
    number,
    ...(zone === undefined ? {} : { zone }),
  }));
}

function askedPorts(config: ClusterConfig): number[] {
  const asked = [...config.quorum, ...(config.witness ? [config.witness] : []), ...config.monitors].flatMap(
    ({ options }): unknown[] => {
      const { host, port, url, endpoints } = first(options);
      const urls = [url, ...(Array.isArray(endpoints) ? endpoints : [])].filter((one) => typeof one === "string");
      return [...(host === undefined ? [] : [port]), ...urls.map(portOf)];
    },
  );
  return [...new Set(asked)].filter((port): port is number => typeof port === "number" && port > 0 && port !== 443);
}

function portOf(url: string): number | undefined {
  if (!URL.canParse(url)) return undefined;
  const { port, protocol } = new URL(url);
  return port === "" ? (protocol === "https:" ? 443 : 80) : Number(port);
}

function first(options: PerServer): Readonly<Record<string, unknown>> {
  return [...options.values()][0] ?? {};
}
