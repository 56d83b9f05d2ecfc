import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { elfEnd, machineOf } from "../../../packaging/executable_format.ts";

/** A 64-bit ELF file with segments at [offset, size], sections at [type, offset, size], and that many bytes in all. */
function elf(segments: [number, number][], sections: [number, number, number][], length: number, machine = 62) {
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(18, machine, true);
  const segmentsAt = 64;
  const sectionsAt = segmentsAt + 56 * segments.length;
  view.setBigUint64(32, BigInt(segmentsAt), true);
  view.setBigUint64(40, BigInt(sectionsAt), true);
  for (const [at, value] of [[54, 56], [56, segments.length], [58, 64], [60, sections.length]] as const) {
    view.setUint16(at, value, true);
  }
  for (const [index, [offset, size]] of segments.entries()) {
    view.setBigUint64(segmentsAt + 56 * index + 8, BigInt(offset), true);
    view.setBigUint64(segmentsAt + 56 * index + 32, BigInt(size), true);
  }
  for (const [index, [type, offset, size]] of sections.entries()) {
    view.setUint32(sectionsAt + 64 * index + 4, type, true);
    view.setBigUint64(sectionsAt + 64 * index + 24, BigInt(offset), true);
    view.setBigUint64(sectionsAt + 64 * index + 32, BigInt(size), true);
  }
  return bytes;
}

const HEADERS = 64 + 2 * 56 + 2 * 64;

Deno.test("an ELF file ends behind the last of its tables, segments and sections, whatever was appended", () => {
  const place = fc.tuple(fc.nat(5_000), fc.nat(5_000));
  fc.assert(fc.property(place, place, place, fc.nat(1_000), (one, two, section, appended) => {
    const end = Math.max(HEADERS, ...[one, two, section].map(([offset, size]) => offset + size));
    const file = elf([one, two], [[1, ...section], [8, 9_000, 9_000]], end + appended);
    assert.equal(elfEnd(file), end);
    if (end > HEADERS) assert.equal(elfEnd(file.subarray(0, end - 1)), undefined);
  }));
});

Deno.test("what is no whole ELF file has no end", () => {
  for (const bytes of [new Uint8Array(0), new Uint8Array(200), new TextEncoder().encode("#!/bin/sh\n".repeat(20))]) {
    assert.equal(elfEnd(bytes), undefined);
  }
});

Deno.test("the machine of an executable is read from its header", async () => {
  const folder = await Deno.makeTempDir({ prefix: "baton-elf-" });
  const pe = new Uint8Array(256);
  pe.set([0x4d, 0x5a]);
  pe[60] = 128;
  pe.set([0x50, 0x45, 0, 0, 0x64, 0x86], 128);
  try {
    const files: [Uint8Array, string | undefined][] = [
      [elf([], [], 200), "linux-x64"],
      [elf([], [], 200, 183), "linux-arm64"],
      [elf([], [], 200, 3), undefined],
      [pe, "windows-x64"],
      [pe.subarray(0, 130), undefined],
      [new Uint8Array(0), undefined],
      [new TextEncoder().encode("#!/bin/sh\n"), undefined],
    ];
    for (const [bytes, expected] of files) {
      await Deno.writeFile(join(folder, "file"), bytes);
      assert.equal(await machineOf(join(folder, "file")), expected);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
