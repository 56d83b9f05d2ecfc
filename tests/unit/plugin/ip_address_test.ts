import assert from "node:assert/strict";
import fc from "fast-check";
import { canonicalIp, cidrContains, hostBlock, unusable } from "../../../core/plugin/ip_address.ts";

Deno.test("canonicalIp: one spelling for each address, none for what is no address", () => {
  assert.equal(canonicalIp("10.1.0.20"), "10.1.0.20");
  assert.equal(canonicalIp("FD00:0:0::0020"), "fd00::20");
  assert.equal(canonicalIp("::"), "::");
  for (const text of ["", "10.1.0", "10.1.0.256", "10.01.0.1", "fe80::1%eth0", "fd00::1::2", "localhost", "1"]) {
    assert.equal(canonicalIp(text), undefined, text);
  }
});

const contained: [string, string, boolean][] = [
  ["10.0.0.0/16", "10.0.255.255", true],
  ["10.0.0.0/16", "10.1.0.20", false],
  ["10.0.5.7/16", "10.0.0.1", true],
  ["0.0.0.0/0", "255.1.2.3", true],
  ["10.1.0.20/32", "10.1.0.20", true],
  ["10.1.0.20/32", "10.1.0.21", false],
  ["fd00:aaaa::/56", "fd00:aaaa:0:ff::1", true],
  ["fd00:aaaa::/56", "fd00:aaaa:0:100::1", false],
  ["::/0", "10.0.0.1", false],
  ["0.0.0.0/0", "fd00::1", false],
  ["10.0.0.0", "10.0.0.0", false],
  ["10.0.0.0/33", "10.0.0.0", false],
  ["pl-1234", "10.0.0.0", false],
];
for (const [cidr, ip, expected] of contained) {
  Deno.test(`cidrContains: ${cidr} ${expected ? "contains" : "does not contain"} ${ip}`, () =>
    assert.equal(cidrContains(cidr, ip), expected));
}

Deno.test("an address is in its own block, in the block of everything, and in each block cut from it", () => {
  const arbitrary = fc.oneof(fc.ipV4(), fc.ipV6().filter((ip) => !ip.includes("."))).map((ip) => canonicalIp(ip) ?? "");
  fc.assert(fc.property(arbitrary, fc.integer({ min: 0, max: 32 }), (ip, prefix) => {
    assert.ok(cidrContains(hostBlock(ip), ip));
    assert.ok(cidrContains(`${ip}/${prefix}`, ip));
    assert.equal(canonicalIp(ip), ip);
  }));
});

Deno.test("unusable: addresses that no server can have for others, and why", () => {
  for (const ip of ["10.1.0.20", "192.0.2.1", "8.8.8.8", "fd00::20", "2001:db8::1"]) {
    assert.equal(unusable(ip), undefined, ip);
  }
  const kinds: [string, RegExp][] = [
    ["127.0.0.1", /loopback/],
    ["::1", /loopback/],
    ["0.0.0.0", /no address of a machine/],
    ["169.254.169.254", /link-local/],
    ["fe80::1", /link-local/],
    ["239.1.2.3", /multicast/],
    ["ff02::1", /multicast/],
    ["255.255.255.255", /reserved/],
  ];
  for (const [ip, kind] of kinds) assert.match(unusable(ip) ?? "", kind);
});
