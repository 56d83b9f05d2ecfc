/**
 * Address blocks: canonical form, and whether one lies inside another.
 *
 * @module
 */

/** A parsed block: the address as a number, and how many of its bits count. */
interface Block {
  version: 4 | 6;
  base: bigint;
  prefix: number;
}

/** Parses `10.0.0.0/16` or `fd00::/64` and clears the bits behind the prefix; undefined when it is no block. */
function parse(text: string): Block | undefined {
  const match = /^([0-9a-fA-F.:]+)\/(\d{1,3})$/.exec(text);
  if (!match) return undefined;
  const version = match[1]!.includes(":") ? 6 : 4;
  const prefix = Number(match[2]);
  const bits = version === 4 ? 32 : 128;
  const address = version === 4 ? parse4(match[1]!) : parse6(match[1]!);
  if (address === undefined || prefix > bits) return undefined;
  const shift = BigInt(bits - prefix);
  return { version, base: (address >> shift) << shift, prefix };
}

function parse4(text: string): bigint | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || parts.some((part) => !/^\d{1,3}$/.test(part) || Number(part) > 255)) return undefined;
  return parts.reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
}

function parse6(text: string): bigint | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const groups = (half: string | undefined) => half ? half.split(":") : [];
  const head = groups(halves[0]);
  const tail = groups(halves[1]);
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const all = [...head, ...Array<string>(halves.length === 2 ? missing : 0).fill("0"), ...tail];
  if (all.some((group) => !/^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  return all.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}

/** The block in the form in which EC2 stores it (host bits cleared, IPv6 shortest); undefined when it is no block. */
export function canonicalCidr(text: string, version: 4 | 6): string | undefined {
  const block = parse(text);
  if (!block || block.version !== version) return undefined;
  if (version === 4) {
    const part = (shift: bigint) => (block.base >> shift) & 255n;
    return `${part(24n)}.${part(16n)}.${part(8n)}.${part(0n)}/${block.prefix}`;
  }
  const groups = Array.from(
    { length: 8 },
    (_, index) => ((block.base >> BigInt(112 - 16 * index)) & 0xffffn).toString(16),
  );
  // The URL parser knows the rules of the shortest form.
  return `${new URL(`http://[${groups.join(":")}]/`).hostname.slice(1, -1)}/${block.prefix}`;
}

/** True when every address of `inner` is one of `outer` too. */
export function cidrContains(outer: string, inner: string): boolean {
  const a = parse(outer);
  const b = parse(inner);
  if (!a || !b || a.version !== b.version || b.prefix < a.prefix) return false;
  const shift = BigInt((a.version === 4 ? 32 : 128) - a.prefix);
  return a.base >> shift === b.base >> shift;
}
