/** No impossible number gets in, whatever message, record or file it stands in: each place of each is tried. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { readFetched, readQuestion } from "../../../core/agent/apply/questions.ts";
import { packExchange, unpackExchange } from "../../../core/agent/apply/exchange_packet.ts";
import { pack, unpack } from "../../../core/agent/packet.ts";
import { askPreflight, preflightAnswer } from "../../../core/agent/peer_questions.ts";
import { durableSchema } from "../../../core/agent/schemas.ts";
import { StateFile } from "../../../core/agent/state_file.ts";
import { readRecord, recordText } from "../../../core/agent/witness_record.ts";
import { type DurableState, emptyDurableState } from "../../../core/cluster/durable.ts";
import type { WitnessRecord } from "../../../core/cluster/events.ts";
import type { Beat } from "../../../core/cluster/message.ts";
import { MAX_CLOCK_MS, MAX_COUNT, MAX_PROMISE_MS } from "../../../core/cluster/numbers.ts";
import { beatOf, inFolder } from "./helpers.ts";

const KEY = new TextEncoder().encode("k".repeat(64));

/** None of them is a number that any place may hold. */
const IMPOSSIBLE = [-2, -Infinity, Infinity, NaN, 2 ** 53 - 1, 2 ** 53, 1e15, 1e300, Number.MAX_VALUE, MAX_COUNT + 1];
/** Nor these, where it is counted. */
const NO_COUNT = [0.5, 1.5];

type Path = readonly (string | number)[];

/** Where numbers stand in `value`. */
function* numbersIn(value: unknown, path: Path = []): Generator<Path> {
  if (typeof value === "number") yield path;
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) yield* numbersIn(inner, [...path, key]);
}

/** `value` with another number there. */
function withNumber<T>(value: T, [key, ...rest]: Path, number: number): T {
  if (key === undefined) return number as T;
  const copy = structuredClone(value) as Record<string | number, unknown>;
  copy[key] = withNumber(copy[key], rest, number);
  return copy as T;
}

/** Every place of `value`, with each impossible number, is refused by `refuses`; whole numbers where it counts. */
function assertRefused<T>(value: T, refuses: (bad: T) => boolean, least: number): void {
  const paths = [...numbersIn(value)];
  assert.ok(paths.length >= least, `only ${paths.length} numbers were found`);
  assert.equal(refuses(value), false, "as it is it is good");
  for (const path of paths) {
    const counted = !/Ms$/.test(String(path.at(-1))) && !path.includes("theirPatienceMs");
    for (const bad of [...IMPOSSIBLE, ...(counted ? NO_COUNT : [])]) {
      assert.ok(refuses(withNumber(value, path, bad)), `${path.join(".")} = ${bad} gets in`);
    }
  }
}

const register = { epoch: 3, holder: "server1", won: true, released: false, under: 2 };
const intent = { version: 4, run: true, by: "alice" };

const BEAT: Beat = beatOf("server1", 7, {
  acks: { server2: { incarnation: "x", sentMs: 1.5, taken: true } },
  groups: {
    g: { register, open: false, idle: false, claim: 5, status: "online", ready: true, errors: 1, intent, served: 3 },
  },
  handover: {
    give: { to: "server2", votes: { server1: 1 } },
    ask: { to: "server2", serial: 2, votes: { server1: 2 } },
    held: { server3: 1 },
    closed: { server3: 1 },
    unsure: [],
    bindsMs: 3_000,
  },
  file: { generation: 2, digest: "d", running: "d" },
});

Deno.test("no number of a heartbeat that can't be gets in, written by Baton's own packet writer", () => {
  assertRefused(BEAT, (beat) => typeof unpack(KEY, "c", "server2", pack(KEY, "c", "server2", beat)) === "string", 17);
});

Deno.test("the largest numbers that get in leave headroom: the next ones are still numbers that count", () => {
  const largest = (beat: Beat) =>
    [...numbersIn(beat)].reduce((all, path) => {
      const name = String(path.at(-1));
      const most = /patienceMs|bindsMs/.test(name) ? MAX_PROMISE_MS : /Ms$/.test(name) ? MAX_CLOCK_MS : MAX_COUNT;
      return withNumber(all, path, most);
    }, beat);
  assert.deepEqual(unpack(KEY, "c", "server2", pack(KEY, "c", "server2", largest(BEAT))), largest(BEAT));
  assert.ok(Number.isSafeInteger(MAX_COUNT * 16));
});

Deno.test("no number of a witness record that can't be gets in", () => {
  const record: WitnessRecord = {
    epoch: 1,
    holder: "server1",
    won: true,
    released: false,
    servesMs: 3_000,
    writer: "w",
    write: 1,
  };
  assertRefused(record, (bad) => "problem" in readRecord(recordText(bad)), 3);
  // JSON has a way of writing what is no number.
  assert.ok("problem" in readRecord(recordText(record).replace('"epoch":1', '"epoch":1e999')));
});

Deno.test("no number of a question about the file, or of the packet it comes in, gets in", () => {
  const applied = { generation: 1, digest: "d", order: ["server1"], mayMove: false, by: "alice" };
  const refuses = (read: () => unknown) => {
    try {
      read();
      return false;
    } catch {
      return true;
    }
  };
  // As it comes out of JSON, which turns what is no number into null.
  const wire = (value: unknown) => JSON.parse(JSON.stringify(value));
  assertRefused({ do: "prepare", applied, text: "x" }, (bad) => refuses(() => readQuestion(wire(bad))), 1);
  assertRefused({ do: "commit", applied }, (bad) => refuses(() => readQuestion(wire(bad))), 1);
  assertRefused({ applied, text: "x" }, (bad) => refuses(() => readFetched(wire(bad))), 1);
  const head = { cluster: "c", from: "server1", to: "server2", id: "12345678", token: "12345678" };
  const part = { ...head, kind: "part", of: "question", index: 1, count: 2, data: "x" } as const;
  assertRefused(part, (bad) => typeof unpackExchange(KEY, "c", "server2", packExchange(KEY, bad)) === "string", 2);
});

Deno.test("no number that one preflight tells another gets in", async () => {
  const finding = { status: "ok", code: 8, subject: "s", message: "m", remedy: "", group: null } as const;
  const answer = preflightAnswer({
    version: "1",
    digest: "d",
    paths: [{ server: "server1", path: 0, address: "127.0.0.1:1", silentMs: 3 }],
    report: { server: "server2", version: "1", digest: "d", run: 1, at: "now", elapsedMs: 3, findings: [finding] },
  });
  const paths = [...numbersIn(answer)];
  assert.ok(paths.length >= 5);
  const taken = (value: unknown) => askPreflight(() => Promise.resolve(JSON.parse(JSON.stringify(value))), false);
  assert.ok(await taken(answer));
  for (const path of paths) {
    for (const bad of IMPOSSIBLE) {
      // -2 is a number that a drop-in may give; null is no code.
      if (path.at(-1) === "code" && (bad === -2 || !Number.isFinite(bad))) continue;
      if (path.at(-1) === "silentMs" && !Number.isFinite(bad)) continue;
      assert.equal(await taken(withNumber(answer, path, bad)), undefined, `${path.join(".")} = ${bad} gets in`);
    }
  }
});

const STATE: DurableState = {
  registers: { g: register },
  intents: { g: intent, h: { version: 1, run: false, by: "bob" } },
  served: { g: 3, h: 1 },
  handover: {
    given: { to: "server2", serial: 1, votes: { server1: 1 } },
    serial: 1,
    held: { server3: 1 },
    closed: { server3: 1 },
    moved: { server3: 1 },
    unsure: [],
  },
  patienceMs: 3_000,
  theirPatienceMs: { server2: 3_000 },
};

Deno.test("no number of the state on disk that can't be gets in", () => {
  assertRefused(STATE, (bad) => !durableSchema.safeParse(JSON.parse(JSON.stringify(bad))).success, 14);
});

/** What is recalled where `state` lies on the disk under `number`, with a checksum that is right. */
async function recalled(state: DurableState, number = 1) {
  let found!: Awaited<ReturnType<StateFile["recall"]>>;
  await inFolder(async (dir) => {
    const sha256 = createHash("sha256").update(JSON.stringify([number, state])).digest("hex");
    for (const name of ["state.json", "state.before.json"]) {
      const envelope = { format: 1, cluster: "c", server: "server1", number, sha256, state };
      await Deno.writeTextFile(join(dir, name), JSON.stringify(envelope));
    }
    const file = await StateFile.open(dir, { cluster: "c", server: "server1" });
    found = await file.recall();
    file.close();
  });
  return found;
}

Deno.test("a wish on disk that can't be is forgotten alone; the memory of who carries what stays", async () => {
  for (const bad of [2 ** 53 - 1, -5, 0.5]) {
    for (const where of [["intents", "g", "version"], ["served", "g"]] satisfies Path[]) {
      const { state, remembers, complaints } = await recalled(withNumber(STATE, where, bad));
      assert.equal(remembers, true, `${where} ${bad}`);
      assert.deepEqual(state, { ...STATE, intents: { h: STATE.intents.h }, served: { h: 1 } });
      assert.match(complaints.join("\n"), /what was wanted of g can't be true and is forgotten/);
    }
  }
});

Deno.test("anything else on disk that can't be is no memory, and keeps no server from starting", async () => {
  for (const path of numbersIn(STATE)) {
    if (path[0] === "intents" || path[0] === "served") continue;
    const { state, remembers, complaints } = await recalled(withNumber(STATE, path, 2 ** 53 - 1));
    assert.deepEqual([state, remembers], [emptyDurableState(), false], path.join("."));
    assert.match(complaints.join("\n"), /is kept as .*\.torn/);
  }
  assert.equal((await recalled(STATE, MAX_COUNT)).remembers, true);
  for (const number of [2 ** 53 - 1, MAX_COUNT + 1, -1, 0.5]) {
    const { state, remembers } = await recalled(STATE, number);
    assert.deepEqual([state, remembers], [emptyDurableState(), false], `the number ${number} of the state`);
  }
});
