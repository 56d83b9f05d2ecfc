import assert from "node:assert/strict";
import { goOn, type GoOnParts } from "../../../core/agent/go_on.ts";
import type { ClusterConfig } from "../../../core/config/config.ts";
import { read, yaml } from "../config/fakes.ts";

const MONITORS = "monitors: { m: { type: aws-az, zone: z, recovery: { target: LocalServer } } }";
const group = (name: string, app: string) =>
  `${name}: { resources: { app-${name}: { type: script, start: [${app}], stop: [b] } } }`;
const OLD = await read(yaml({ monitors: MONITORS, groups: `groups: { ${group("g", "a")} }` }));

/** An agent goes on with `next`; what it did, in order. */
async function goesOn(
  next: ClusterConfig,
  more: Partial<GoOnParts> = {},
): Promise<{ did: string[]; now?: ClusterConfig }> {
  const did: string[] = [];
  const said = <T>(text: string, value: T): T => (did.push(text), value);
  const parts: GoOnParts = {
    load: () => Promise.resolve(next),
    monitors: {
      add: ({ name }) => void did.push(`monitor ${name} added`),
      change: ({ name }) => said(`monitor ${name} changed`, Promise.resolve()),
      remove: (name) => said(`monitor ${name} removed`, Promise.resolve()),
    },
    devices: {
      others: () =>
        Promise.resolve({
          take: () => void did.push("devices taken"),
          drop: () => said("devices dropped", Promise.resolve()),
        }),
    },
    handle: (event) => void did.push(event.type === "file" && event.devices ? "file with other devices" : event.type),
    down: () => ["g"],
    addGroup: ({ name }) => void did.push(`group ${name} added`),
    welcome: (name) => void did.push(`group ${name} welcome`),
    changeGroup: ({ name }) => void did.push(`group ${name} changed`),
    changed: () => void did.push("changed"),
    signal: new AbortController().signal,
    ...more,
  };
  const now = await goOn(OLD, next, parts).catch((error: Error) => void did.push(error.message));
  return { did, ...(now ? { now } : {}) };
}

Deno.test("go on: a new group can be ordered up before the engine knows it, and is swept after", async () => {
  const next = await read(yaml({ monitors: MONITORS, groups: `groups: { ${group("g", "a")}, ${group("h", "a")} }` }));
  const { did, now } = await goesOn({ ...next, digest: "next" });
  assert.deepEqual(did, ["group h added", "changed", "file", "group h welcome"]);
  assert.equal(now?.digest, "next");
});

Deno.test("go on: a monitor can run before the engine wants it to, and only one that checks otherwise starts anew", async () => {
  const monitors = (more: string) => `monitors: { m: { type: aws-az, zone: z, recovery: { target: LocalServer${more}`;
  const groups = `groups: { ${group("g", "a")} }`;
  const rule = await read(yaml({ monitors: monitors(", finalAction: reboot } } }"), groups }));
  assert.deepEqual((await goesOn(rule)).did, ["changed", "file"]);
  const more = await read(
    yaml({ monitors: monitors(" }, interval: 7s }, n: { type: aws-az, zone: z } }"), groups }),
  );
  assert.deepEqual((await goesOn(more)).did, ["monitor n added", "changed", "file", "monitor m changed"]);
  const gone = await read(yaml({ monitors: "", groups }));
  assert.deepEqual((await goesOn(gone)).did, ["changed", "file", "monitor m removed"]);
});

Deno.test("go on: other devices count from the moment at which the engine knows, and not at all when they are not reached", async () => {
  const quorum = "quorum: { p: { type: ping, targets: [10.0.0.9] } }";
  const before = await read(yaml({ quorum }));
  const next = await read(yaml({ quorum: quorum.replace("10.0.0.9", "10.0.0.8") }));
  const did: string[] = [];
  const note = (text: string) => void did.push(text);
  const parts = {
    load: () => Promise.resolve(next),
    devices: { others: () => Promise.reject(new Error("they are not reached")) },
    down: () => [],
    handle: () => note("handled"),
    changed: () => note("changed"),
    signal: new AbortController().signal,
  } as unknown as GoOnParts;
  await assert.rejects(goOn(before, next, parts), /they are not reached/);
  assert.deepEqual(did, []);
  const taken = { ...parts, devices: { others: () => Promise.resolve({ take: () => note("taken") }) } };
  await goOn(before, next, taken as unknown as GoOnParts);
  assert.deepEqual(did, ["changed", "handled", "taken"]);
});

Deno.test("go on: a group that came up while the file was read keeps its options, and nothing has changed", async () => {
  const next = await read(yaml({ monitors: MONITORS, groups: `groups: { ${group("g", "other")} }` }));
  assert.deepEqual((await goesOn(next)).did, ["group g changed", "changed", "file"]);
  assert.deepEqual((await goesOn(next, { down: () => [] })).did, ["g came up here meanwhile"]);
});

Deno.test("go on: devices that were tried for a file that is not taken are let go again", async () => {
  const file = (app: string, device: string) =>
    read(yaml({
      groups: `groups: { ${group("g", app)} }`,
      quorum: `quorum: { p: { type: ping, targets: [${device}] } }`,
    }));
  const next = await file("other", "10.0.0.8");
  const did: string[] = [];
  const parts = {
    load: () => Promise.resolve(next),
    devices: { others: () => Promise.resolve({ drop: () => Promise.resolve(did.push("dropped")) }) },
    down: () => [],
    signal: new AbortController().signal,
  } as unknown as GoOnParts;
  await assert.rejects(goOn(await file("a", "10.0.0.9"), next, parts), /g came up here meanwhile/);
  assert.deepEqual(did, ["dropped"]);
});

Deno.test("go on: a file that was changed while it was read is not taken", async () => {
  const load = () => Promise.resolve({ ...OLD, digest: "third" });
  assert.match((await goesOn({ ...OLD, digest: "next" }, { load })).did.join(), /was changed while it was read/);
});
