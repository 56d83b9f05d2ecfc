/**
 * Plays every scenario, and a few drawn histories, and asks every server of them all the time: is there something to do
 * about each group that nobody carries, and is what it says true?
 */
import { strict as assert } from "node:assert";
import type { OperatorRequest } from "../../core/cluster/events.ts";
import type { GroupView, View } from "../../core/cluster/view.ts";
import { carriedTodo, outageTodo } from "../../core/explain/outage.ts";
import type { World } from "../../core/simulation/world.ts";
import { history } from "./history.ts";
import { KINDS } from "./kinds.ts";
import { Stage } from "../scenarios/stage.ts";
import { parse } from "../scenarios/transcript.ts";

const here = new URL("../scenarios/", import.meta.url);
const files = [...Deno.readDirSync(here)].map(({ name }) => name).filter((name) => name.endsWith(".txt")).sort();

/** How often a world is looked at, in milliseconds of its own time. */
const LOOK_MS = 100;

/** What may stand in no sentence. */
const NONSENSE = /undefined|null|NaN|Infinity|\[object|: $|\(\)| {2}/;

/** Looks at a world; each outage without a true to-do is a line of `empty`. */
class Observer {
  readonly empty = new Set<string>();
  looks = 0;
  /** What was said so far, with numbers left out. */
  readonly said = new Set<string>();
  #nextMs = 0;

  /** Another world, whose time begins anew. */
  again(): void {
    this.#nextMs = 0;
  }

  look(world: World): void {
    if (world.nowMs < this.#nextMs) return;
    this.#nextMs = world.nowMs + LOOK_MS;
    for (const { engine, name } of world.machines) {
      const view = engine?.view();
      for (const group of view?.groups ?? []) this.#judge(name, view!, group);
    }
  }

  #judge(server: string, view: View, group: GroupView): void {
    const status = group.servers.find(({ name }) => name === group.carrier)?.status;
    if (group.carrier !== null && status !== "offline-failure") return;
    this.looks += 1;
    const todo = group.carrier === null ? outageTodo(view, group) : carriedTodo(group, group.carrier);
    for (const step of todo) this.said.add(step.replace(/\d+/g, "N"));
    const wrong = todo.find((step) => NONSENSE.test(step));
    if (todo.length > 0 && wrong === undefined) return;
    this.empty.add(`${server}: ${group.name} ${group.status}, waits ${group.waiting}: ${wrong ?? "nothing to do"}`);
  }
}

/** What the to-dos of a server would have an operator ask. */
function requests(view: View): { step: string; request: OperatorRequest }[] {
  const found: { step: string; request: OperatorRequest }[] = [];
  for (const group of view.groups.filter(({ carrier }) => carrier === null)) {
    for (const step of outageTodo(view, group)) {
      const by = "alice";
      const [, server] = /baton confirm-stopped (\S+) --yes/.exec(step) ?? [];
      if (server !== undefined) found.push({ step, request: { op: "confirm-stopped", server, by } });
      if (step.includes(`baton start ${group.name}`)) {
        found.push({ step, request: { op: "start", group: group.name, by } });
      }
    }
  }
  return found;
}

const everSaid = new Set<string>();

for (const file of files) {
  Deno.test(`to-do: ${file.slice(0, -".txt".length).replaceAll("_", " ")}`, () => {
    const observer = new Observer();
    let last: World | undefined;
    const stage = new Stage((world) => observer.look(last = world));
    for (const { command } of parse(Deno.readTextFileSync(new URL(file, here))).blocks) stage.perform(command);
    assert.deepEqual([...observer.empty], []);
    // What is asked for at the end is not refused.
    for (const machine of last?.machines ?? []) {
      for (const { step, request } of machine.engine === null ? [] : requests(machine.engine.view())) {
        const refused = machine.deliver({ type: "operator", request })?.refused;
        assert.equal(refused, undefined, `${machine.name}: ${step}`);
      }
    }
    for (const step of observer.said) everSaid.add(step);
  });
}
for (const kind of KINDS) {
  Deno.test(`to-do: drawn histories of ${kind}`, () => {
    const observer = new Observer();
    for (let seed = 1; seed <= 4; seed++) {
      observer.again();
      history(seed, { kind, look: (world) => observer.look(world) });
    }
    assert.deepEqual([...observer.empty], []);
    assert.ok(observer.looks > 20, `${observer.looks} outages were seen`);
  });
}

Deno.test("to-do: each way to be without a carrier has its own", () => {
  const expected = [
    "alice stopped it; when the reason for that is gone: baton start failoverN",
    "bring back serverN (never heard): start its agent, or mend the network between it and serverN",
    "bring back serverN (silent for N s): start its agent, or mend the network between it and serverN",
    "compare the data of the service on both servers: each may have changes that the other lacks",
    "it is started by hand (startup: manual): baton start failoverN",
    "it starts after failoverN: baton explain failoverN",
    "its failover is by hand (failover: manual): baton start failoverN, or baton move failoverN SERVER",
    "let the acknowledgement device answer: no answer",
    "let the witness answer: it timed out",
    "make sure that serverN is off, for its part of the data may still be written; then: " +
    "baton confirm-stopped serverN --yes",
    "repair what failed on serverN (failed to start it and waits N s): baton explain failoverN there",
    "serverN has no vote: it has no memory of earlier votes and waits until it has heard serverN",
    "this may be the side that is cut off: see on serverN whether failoverN runs there, with baton status",
    "when serverN is off for certain: baton confirm-stopped serverN --yes",
  ];
  assert.deepEqual(expected.filter((step) => !everSaid.has(step)), []);
});
