/**
 * IP addresses and CIDR blocks as text, in the one spelling that EC2 and the kernel print, so that they can be compared
 * as strings.
 *
 * @module
 */
import { isIP, isIPv4 } from "node:net";

/** The canonical spelling of an IPv4 or IPv6 address (RFC 5952), or undefined when `text` is none. */
export function canonicalIp(text: string): string | undefined {
  // A zone (`fe80::1%eth0`) belongs to one machine; an address of a cluster can't have one.
  if (isIP(text) === 0 || text.includes("%")) return undefined;
  if (isIPv4(text)) return text;
  return new URL(`http://[${text}]/`).hostname.slice(1, -1);
}

/** The block that holds exactly this address: /32 for IPv4, /128 for IPv6. */
export function hostBlock(ip: string): string {
  return isIPv4(ip) ? `${ip}/32` : `${ip}/128`;
}

/** True when `cidr` is a block of the address's family that contains `ip`. Text that is no block contains nothing. */
export function cidrContains(cidr: string, ip: string): boolean {
  const [network = "", prefixText = ""] = cidr.split("/");
  if (isIP(network) === 0 || isIP(network) !== isIP(ip) || !/^\d{1,3}$/.test(prefixText)) return false;
  const bits = isIPv4(ip) ? 32 : 128;
  const prefix = Number(prefixText);
  if (prefix > bits) return false;
  const shift = BigInt(bits - prefix);
  return toNumber(network) >> shift === toNumber(ip) >> shift;
}

/** Why no server can have this address for others to reach; undefined where it can. */
export function unusable(ip: string): string | undefined {
  const kind = UNUSABLE.find(([cidr]) => cidrContains(cidr, ip))?.[1];
  return kind === undefined ? undefined : `${ip} is ${kind}: choose an address that other machines can reach`;
}

const UNUSABLE: readonly (readonly [cidr: string, kind: string])[] = [
  ["0.0.0.0/8", "no address of a machine"],
  ["127.0.0.0/8", "the loopback of each machine"],
  ["169.254.0.0/16", "a link-local address"],
  ["224.0.0.0/4", "a multicast address"],
  ["240.0.0.0/4", "a reserved address"],
  ["::/127", "the loopback of each machine"],
  ["fe80::/10", "a link-local address"],
  ["ff00::/8", "a multicast address"],
];

function toNumber(ip: string): bigint {
  if (isIPv4(ip)) return ip.split(".").reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  // The URL parser turns an embedded IPv4 tail into hexadecimal groups; only `::` is left to be filled in.
  const [head = "", tail] = (canonicalIp(ip) ?? "").split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => "0");
  return [...left, ...zeros, ...right].reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}
