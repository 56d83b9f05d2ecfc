import assert from "node:assert/strict";
import type { MonitorPlugin } from "../../../core/plugin/contract.ts";
import { type Declaration, declarationOf, incompatibility, optionSpecs } from "../../../core/host/declaration.ts";

const PLUGIN: MonitorPlugin = {
  kind: "monitor",
  description: "Checks.",
  options: {
    wait: { type: "duration", default: "2s", description: "how long" },
    name: { type: "string", description: "whose", pattern: { test: /^a+$/i, expected: "some a" } },
  },
  defaults: { intervalMs: 500 },
  check: () => Promise.resolve({ status: "normal", message: "" }),
};

const declare = (more: Partial<MonitorPlugin> = {}) =>
  JSON.parse(JSON.stringify(declarationOf({ ...PLUGIN, ...more }, "/"))) as Declaration;

Deno.test("declaration: everything but the functions survives being text; no regular expression reaches the agent", () => {
  const declaration = declare();
  assert.deepEqual(declaration.functions, ["check"]);
  assert.deepEqual(declaration.fallback, { wait: 2_000 });
  assert.deepEqual(declaration.defaults, { intervalMs: 500 });
  assert.deepEqual(declaration.options["name"]!.pattern, { source: "^a+$", flags: "i", expected: "some a" });
  const { pattern: _, ...spec } = PLUGIN.options["name"]!;
  assert.deepEqual(optionSpecs(declaration), { ...PLUGIN.options, name: spec });
});

const { wait, name } = PLUGIN.options as Record<string, MonitorPlugin["options"][string]>;
const option = { type: "string", description: "x" } as const;
const cases: [string, Partial<MonitorPlugin>, RegExp | undefined][] = [
  ["nothing", {}, undefined],
  ["sentences", { description: "Else.", options: { wait: { ...wait!, description: "else" }, name: name! } }, undefined],
  ["a new option", { options: { wait: wait!, name: name!, more: option } }, undefined],
  [
    "a new option that must be given",
    { options: { wait: wait!, name: name!, more: { ...option, required: true } } },
    /demands a new option more/,
  ],
  ["an option less", { options: { wait: wait! } }, /option name is gone/],
  ["another default", { options: { wait: { ...wait!, default: "3s" }, name: name! } }, /option wait is declared diff/],
  [
    "another pattern",
    { options: { wait: wait!, name: { ...name!, pattern: { test: /^b/, expected: "b" } } } },
    /option name is/,
  ],
  ["a new function", { validate: () => [] }, /it has a new function validate/],
  ["another kind", { kind: "fence" as never }, /kind is "fence" instead of "monitor"/],
];

for (const [what, change, why] of cases) {
  Deno.test(`declaration: a new version with ${what} ${why ? "can't be used" : "can be used"}`, () => {
    const said = incompatibility(declare(), declare(change));
    if (why) assert.match(said!, why);
    else assert.equal(said, undefined);
  });
}

Deno.test("declaration: what a resource claims comes over, and a version that claims otherwise can't be used", () => {
  const claims = [{ what: "user", options: ["name"], within: "server" }];
  const claiming = declare({ claims } as never);
  assert.deepEqual(claiming.claims, claims);
  assert.equal(incompatibility(claiming, declare({ claims } as never)), undefined);
  assert.match(incompatibility(claiming, declare())!, /claims is missing instead of \[/);
});

Deno.test("declaration: a function less is told", () => {
  assert.match(incompatibility(declare({ validate: () => [] }), declare())!, /its function validate is gone/);
});
