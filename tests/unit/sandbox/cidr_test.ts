import fc from "fast-check";
import assert from "node:assert/strict";
import { canonicalCidr, cidrContains } from "../../../sandbox/ec2/cidr.ts";

Deno.test("blocks are stored with their host bits cleared, IPv6 in its shortest form", () => {
  assert.equal(canonicalCidr("10.1.0.20/32", 4), "10.1.0.20/32");
  assert.equal(canonicalCidr("100.68.0.18/18", 4), "100.68.0.0/18");
  assert.equal(canonicalCidr("FD00:0:0:0::0001/128", 6), "fd00::1/128");
  assert.equal(canonicalCidr("fd00::1/64", 6), "fd00::/64");
  assert.equal(canonicalCidr("0.0.0.0/0", 4), "0.0.0.0/0");
  for (const bad of ["10.0.0.0", "10.0.0/8", "10.0.0.0/33", "10.0.0.256/32", "fd00::/64", "", "a/1"]) {
    assert.equal(canonicalCidr(bad, 4), undefined, bad);
  }
  for (const bad of ["fd00::1::2/64", "fd00/64", "1:2:3:4:5:6:7:8:9/128", "fd00::/129", "::g/128"]) {
    assert.equal(canonicalCidr(bad, 6), undefined, bad);
  }
});

Deno.test("property: a block contains exactly the addresses that share its prefix", () => {
  const octet = fc.integer({ min: 0, max: 255 });
  const address = fc.tuple(octet, octet, octet, octet);
  fc.assert(fc.property(address, address, fc.integer({ min: 0, max: 32 }), (a, b, prefix) => {
    const bits = (one: number[]) => one.map((part) => part.toString(2).padStart(8, "0")).join("").slice(0, prefix);
    assert.equal(cidrContains(`${a.join(".")}/${prefix}`, `${b.join(".")}/32`), bits(a) === bits(b));
  }));
});
