import assert from "node:assert/strict";
import { FAULT_CODES } from "../../../core/plugin/fault.ts";
import { COMMANDS } from "../../../core/cli/main.ts";
import { causesOf, CODES, meaningOf } from "../../../core/explain/codes.ts";
import { GUIDE_ROWS } from "../../../core/explain/guide_rows.ts";
import { builtIns } from "../../../plugins/mod.ts";
import { named, reach, sourcesBelow, unnumbered, writtenOut } from "./given_codes.ts";

const sources = await sourcesBelow("core", "plugins");
/** What real agents can't give: the world of the simulator. */
const given = [...sources].filter(([path]) => !/^core\/(?:simulation|whatif|explain)\//.test(path));
const numberOf = (name: string) => (FAULT_CODES as Record<string, number>)[name] ?? Number(name);

Deno.test("catalogue: every number that a fault or a verdict is given has an entry", () => {
  const uses = given.flatMap(([path, source]) => [...named(path, source), ...writtenOut(path, source)]);
  assert.ok(uses.length > 60 && uses.some(({ path }) => path === "plugins/examples/port443.ts"));
  const missing = uses.filter(({ name }) => meaningOf(numberOf(name)) === undefined);
  assert.deepEqual(missing, []);
});

Deno.test("catalogue: no built-in type and no part of the agent writes a number out", () => {
  // A drop-in imports nothing, so it can't do otherwise.
  const dropIn = /^(?:plugins\/examples\/|core\/cli\/plugin\/templates\.ts$)/;
  const bare = given.filter(([path]) => !dropIn.test(path)).flatMap((each) => writtenOut(...each));
  assert.deepEqual(bare, [], "use FAULT_CODES");
});

Deno.test("catalogue: no entry that nobody can give, and none twice", () => {
  const names = given.filter(([path]) => path !== "core/plugin/fault.ts").flatMap((each) => named(...each));
  const used = new Set(names.map(({ name }) => numberOf(name)));
  assert.deepEqual(CODES.map(({ code }) => code).filter((code) => !used.has(code)), []);
  assert.equal(new Set(CODES.map(({ code }) => code)).size, CODES.length);
  assert.deepEqual(
    CODES.map(({ code }) => code).sort((a, b) => a - b),
    Object.values(FAULT_CODES).sort((a, b) => a - b),
  );
});

Deno.test("catalogue: every verdict that is not normal has a number", () => {
  const bare = given.filter(([path]) => /^(?:plugins|core\/(?:agent|plugin))\//.test(path))
    .flatMap((each) => unnumbered(...each));
  assert.deepEqual(bare, []);
});

Deno.test("catalogue: the source readers see what they are for", () => {
  assert.equal(named("a.ts", `x(FAULT_CODES.timeout)`)[0]?.name, "timeout");
  assert.equal(writtenOut("a.ts", `throw new EtcdFault(\n  17, "x")`)[0]?.name, "17");
  assert.equal(writtenOut("a.ts", `return { status: "error", code: 6, message }`)[0]?.name, "6");
  assert.deepEqual(unnumbered("a.ts", `return { status: "error", message: "x" };`), ["a.ts:1"]);
  assert.deepEqual(unnumbered("a.ts", `return { status: "error", message: "x", code };`), []);
});

/** A type and its module, as in `plugins/mod.ts`. */
const TYPES = [
  ...Object.entries(builtIns).flatMap(([kind, table]) =>
    Object.keys(table).map((type) => {
      const folder = { resource: "resources", monitor: "monitors", quorum: "quorum", fence: "fence" }[kind];
      return { id: `${kind} ${type}`, path: `plugins/${folder}/${type}.ts` };
    })
  ),
  { id: "resource ocf", path: "plugins/ocf/resource.ts" },
  { id: "monitor ocf", path: "plugins/ocf/monitor.ts" },
];

Deno.test("catalogue: whom an entry names can give it, and who gives it is named", () => {
  const wrong: string[] = [];
  for (const { id, path } of TYPES) {
    assert.ok(sources.has(path), path);
    const own = [...reach(path, sources)].filter((file) => file.startsWith("plugins/"));
    const all = [...own, ...lent(own)];
    for (const { code, from } of CODES) {
      const gives = (files: string[]) =>
        files.some((file) => named(file, sources.get(file)!).some(({ name }) => numberOf(name) === code));
      const listed = from.includes("every") || from.includes(id);
      // What it shares a file with may give a number that it never meets; its own file is proof.
      if (gives([path]) && !listed) wrong.push(`${code} is given by ${id}, which is not named`);
      if (from.includes(id) && !gives(all) && !/^monitor (?:script|exec)$/.test(id)) {
        wrong.push(`${id} can't give ${code}`);
      }
    }
  }
  assert.deepEqual(wrong, []);
  const known = new Set(["every", "agent", "command line", ...TYPES.map(({ id }) => id)]);
  assert.deepEqual(CODES.flatMap(({ from }) => from).filter((id) => !known.has(id)), []);
});

/** What a type gets from its context instead of importing it. */
function lent(files: readonly string[]): string[] {
  const text = files.map((file) => sources.get(file)).join("\n");
  const rooms: [RegExp, RegExp][] = [
    [/\b(?:ec2|imds|storeSettings)\b/, /^core\/aws\//],
    [/\b(?:os|exec)\b/, /^core\/os\//],
    [/\btcp\b/, /^core\/plugin\/tcp\.ts$/],
    [/\b(?:http|httpFault)\b/, /^core\/plugin\/http_fault\.ts$/],
  ];
  return [...sources.keys()].filter((path) => rooms.some(([word, room]) => word.test(text) && room.test(path)));
}

Deno.test("catalogue: every entry says something of everything", () => {
  const commands = new Set(COMMANDS.map(({ name }) => name));
  for (const { code, title, meaning, from, causes, commands: related } of CODES) {
    assert.ok(title !== "" && meaning.endsWith(".") && from.length > 0 && causes.length > 0, String(code));
    for (const { what, check, remedy } of causes) assert.ok(what.endsWith(".") && check !== "" && remedy !== "", what);
    for (const command of related) assert.ok(commands.has(command.split(" ")[1]!), command);
    const said = causes.flatMap((cause) => [cause.check, cause.remedy]).join("\n");
    for (const [, name] of said.matchAll(/\bbaton ([a-z-]+)/g)) assert.ok(commands.has(name!), `baton ${name}`);
  }
});

Deno.test("catalogue: rows of the guide and entries name each other", () => {
  const named = CODES.flatMap(({ guide }) => guide);
  assert.deepEqual([...named].sort(), GUIDE_ROWS.map(({ id }) => id).sort());
  for (const { id, code } of GUIDE_ROWS) {
    if (code === null) continue;
    const { entry } = meaningOf(code)!;
    assert.ok(entry.guide.includes(id), `${id} is ${code}`);
  }
});

Deno.test("a warning is explained by the number of its error", () => {
  assert.deepEqual([meaningOf(105)?.entry.code, meaningOf(105)?.warning], [5, true]);
  assert.deepEqual([meaningOf(99)?.entry.code, meaningOf(99)?.warning], [99, false]);
  assert.equal(meaningOf(205), undefined);
});

Deno.test("the cause that a message shows comes before those that are likelier in general", () => {
  const { entry } = meaningOf(5)!;
  const message = "ReplaceRoute of rtb-1 was denied: not authorized (UnauthorizedOperation)";
  const { shown, others } = causesOf(entry, message);
  assert.match(shown[0]!.what, /may not do this/);
  assert.equal(shown.length + others.length, entry.causes.length);
  assert.equal(causesOf(entry, undefined).shown.length, 0);
});

Deno.test("a type is told the causes that it can meet, and a type of one's own all of them", () => {
  const { entry } = meaningOf(5)!;
  const said = (type: string) => causesOf(entry, "10.0.0.9:80 refuses connections", type);
  const tcp = said("tcp");
  assert.deepEqual(tcp.shown.map(({ what }) => what), ["Nothing listens there."]);
  assert.ok(tcp.others.length > 0 && tcp.others.every(({ area }) => area === "network"));
  assert.ok(said("aws-vip").others.every(({ area }) => area === "aws" || area === "machine"));
  assert.ok(said("service").others.every(({ area }) => area === "machine") && said("service").others.length > 0);
  assert.equal(said("queue").others.length, entry.causes.length - 1);
  // Nobody is left without a cause.
  for (const { code, from } of CODES) {
    for (const id of from) {
      const type = id.split(" ")[1];
      if (type !== undefined) {
        assert.ok(causesOf(meaningOf(code)!.entry, undefined, type).others.length > 0, `${code} ${id}`);
      }
    }
  }
});
