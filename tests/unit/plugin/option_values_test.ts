import assert from "node:assert/strict";
import fc from "fast-check";
import { parseOption, parseOptions } from "../../../core/plugin/option_values.ts";
import type { OptionSpec } from "../../../core/plugin/options.ts";

const CONTEXT = { baseDir: "/etc/baton" };
const spec = (type: OptionSpec["type"], more: Partial<OptionSpec> = {}): OptionSpec => ({
  type,
  description: "what it is",
  ...more,
});

const good: [OptionSpec, unknown, unknown][] = [
  [spec("string"), "x y", "x y"],
  [spec("integer"), -3, -3],
  [spec("number"), 0.5, 0.5],
  [spec("boolean"), false, false],
  [spec("duration"), "500ms", 500],
  [spec("duration"), "5s", 5_000],
  [spec("duration"), "1.5s", 1_500],
  [spec("duration"), "2m", 120_000],
  [spec("duration"), "1 h", 3_600_000],
  [spec("address"), "10.1.0.20", "10.1.0.20"],
  [spec("address"), "FD00:0::20", "fd00::20"],
  [spec("endpoint"), "nat.example:443", { host: "nat.example", port: 443 }],
  [spec("endpoint"), "[FD00::1]:443", { host: "fd00::1", port: 443 }],
  [spec("path"), "scripts/start.sh", "/etc/baton/scripts/start.sh"],
  [spec("path"), "/opt/start.sh", "/opt/start.sh"],
  [spec("strings"), ["a", "b"], ["a", "b"]],
  [spec("integers", { min: 1 }), [1, 2], [1, 2]],
  [spec("addresses"), ["10.0.0.1", "fd00::1"], ["10.0.0.1", "fd00::1"]],
  [spec("endpoints"), ["a:1"], [{ host: "a", port: 1 }]],
  [spec("string", { oneOf: ["a", "b"] }), "b", "b"],
  [spec("duration", { min: 100, max: 1_000 }), "1s", 1_000],
  [spec("string", { pattern: { test: /^vpc-/g, expected: "a VPC" } }), "vpc-1", "vpc-1"],
];
for (const [declared, value, expected] of good) {
  Deno.test(`option ${declared.type}: ${JSON.stringify(value)} is fine`, () => {
    for (let round = 0; round < 2; round++) {
      assert.deepEqual(parseOption(declared, value, CONTEXT), { ok: true, value: expected });
    }
  });
}

const bad: [OptionSpec, unknown, string][] = [
  [spec("address"), "10.1.0.20/32", "write the address without its prefix: 10.1.0.20"],
  [spec("address"), "FD00::20/128", "write the address without its prefix: fd00::20"],
  [spec("address"), "10.1.0", 'is no IP address: write one like 10.1.0.20 or fd00::20 (it is "10.1.0")'],
  [spec("string"), 443, "must be text: put quotes around it (it is 443)"],
  [spec("string"), "", "is empty: give a value or leave the option out"],
  [spec("string"), "a\0b", "contains a NUL character, which no program can take: remove it"],
  [spec("integer"), 1.5, "must be a whole number (it is 1.5)"],
  [spec("integer"), "1", 'must be a whole number (it is "1")'],
  [spec("number"), Infinity, "must be a number (it is null)"],
  [spec("boolean"), "yes", 'must be true or false (it is "yes")'],
  [spec("duration"), 5, "has no unit: write a number with its unit, like 500ms, 5s or 2m (it is 5)"],
  [spec("duration"), "soon", 'is no duration: write a number with its unit, like 500ms, 5s or 2m (it is "soon")'],
  [spec("duration", { min: 100 }), "50ms", 'is less than 100 ms (it is "50ms")'],
  [spec("integer", { max: 65_535 }), 70_000, "is more than 65535 (it is 70000)"],
  [
    spec("endpoint"),
    "fd00::1:443",
    'is no endpoint: write host:port, like 10.0.0.1:443 or [fd00::1]:443 (it is "fd00::1:443")',
  ],
  [spec("endpoint"), "host:70000", 'has no valid port: it must be from 1 to 65535 (it is "host:70000")'],
  [
    spec("endpoint"),
    "[10.0.0.1]:1",
    'has no IPv6 address between its brackets: write one like [fd00::1]:443 (it is "[10.0.0.1]:1")',
  ],
  [spec("strings"), "a", "must be a list: write one value per line, each with a dash before it"],
  [spec("strings"), [], "is an empty list: give at least one value"],
  [
    spec("addresses"),
    ["10.0.0.1", "x"],
    'value 2 of the list is no IP address: write one like 10.1.0.20 or fd00::20 (it is "x")',
  ],
  [spec("string", { oneOf: ["a", "b"] }), "c", 'must be one of a, b (it is "c")'],
  [
    spec("string", { pattern: { test: /^vpc-/, expected: "the id of a VPC" } }),
    "x",
    'must be the id of a VPC (it is "x")',
  ],
  [spec("string", { secret: true, oneOf: ["a"] }), "hunter2", "must be one of a"],
];
for (const [declared, value, problem] of bad) {
  Deno.test(`option ${declared.type}: ${JSON.stringify(value)} is refused with what would be right`, () =>
    assert.deepEqual(parseOption(declared, value, CONTEXT), { ok: false, problem }));
}

Deno.test("no value of any shape makes parsing throw, and what is shown of it is short", () => {
  const types = ["string", "integer", "duration", "address", "endpoint", "path", "strings", "addresses"] as const;
  fc.assert(fc.property(fc.constantFrom(...types), fc.anything(), (type, value) => {
    const result = parseOption(spec(type), value, CONTEXT);
    if (!result.ok) assert.ok(result.problem.length < 300);
  }));
});

Deno.test("parseOptions: defaults as written, missing ones, unknown ones with the nearest name", () => {
  const specs = {
    host: spec("string", { required: true }),
    port: spec("integer", { default: 443 }),
    connectTimeout: spec("duration", { default: "5s" }),
    note: spec("string"),
  };
  assert.deepEqual(parseOptions(specs, { host: "a" }, CONTEXT), {
    values: { host: "a", port: 443, connectTimeout: 5_000 },
    problems: [],
  });
  assert.deepEqual(parseOptions(specs, { hots: "a", port: "x", toString: 1 }, CONTEXT).problems, [
    { option: "hots", problem: "is no option of this type: did you mean host?" },
    { option: "toString", problem: "is no option of this type" },
    { option: "host", problem: "is missing: what it is" },
    { option: "port", problem: 'must be a whole number (it is "x")' },
  ]);
});
