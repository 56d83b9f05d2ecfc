/**
 * What the headers of an executable say: for which machine it is, and where an ELF file ends.
 *
 * @module
 */

/** Enough for every header that is looked at, in bytes. */
const HEAD_BYTES = 4_096;
const ELF_MACHINES: Readonly<Record<number, string>> = { 62: "linux-x64", 183: "linux-arm64" };
const PE_MACHINES: Readonly<Record<number, string>> = { 0x8664: "windows-x64" };
/** The type of a section that takes no room in the file. */
const NOBITS = 8;

/** The name of the target whose machines run this file; undefined when it is none of ours, or no executable. */
export async function machineOf(path: string): Promise<string | undefined> {
  using file = await Deno.open(path);
  const head = new Uint8Array(HEAD_BYTES);
  const view = new DataView(head.buffer, 0, (await file.read(head)) ?? 0);
  if (view.byteLength < 64) return undefined;
  if (isElf64(view)) return ELF_MACHINES[view.getUint16(18, true)];
  const peAt = view.getUint32(60, true);
  const isPe = view.getUint16(0) === 0x4d5a && peAt + 6 <= view.byteLength && view.getUint32(peAt) === 0x50450000;
  return isPe ? PE_MACHINES[view.getUint16(peAt + 4, true)] : undefined;
}

/**
 * Where a 64-bit little-endian ELF file ends according to its own headers, in bytes. What lies behind was appended: the
 * kernel never loads it. Undefined when it is no such file.
 */
export function elfEnd(bytes: Uint8Array): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.byteLength < 64 || !isElf64(view)) return undefined;
  const table = (at: number, sizeAt: number, countAt: number) => ({
    start: Number(view.getBigUint64(at, true)),
    size: view.getUint16(sizeAt, true),
    count: view.getUint16(countAt, true),
  });
  const segments = table(32, 54, 56);
  const sections = table(40, 58, 60);
  let end = Math.max(segments.start + segments.size * segments.count, sections.start + sections.size * sections.count);
  if (end > view.byteLength) return undefined;
  for (let index = 0; index < segments.count; index++) {
    const at = segments.start + index * segments.size;
    end = Math.max(end, Number(view.getBigUint64(at + 8, true)) + Number(view.getBigUint64(at + 32, true)));
  }
  for (let index = 0; index < sections.count; index++) {
    const at = sections.start + index * sections.size;
    if (view.getUint32(at + 4, true) === NOBITS) continue;
    end = Math.max(end, Number(view.getBigUint64(at + 24, true)) + Number(view.getBigUint64(at + 32, true)));
  }
  return end <= view.byteLength ? end : undefined;
}

/** ELF, 64 bits, little endian. */
function isElf64(view: DataView): boolean {
  return view.getUint32(0) === 0x7f454c46 && view.getUint16(4) === 0x0201;
}
