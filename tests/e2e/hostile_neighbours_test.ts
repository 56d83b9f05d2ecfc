/** What a drop-in could do to those that share its process: answer for them, or have them blamed. */
import assert from "node:assert/strict";
import { DropInAgent } from "./drop_in_agent.ts";

const FORGED = `'{"status":"normal","message":"forged"}'`;
const HONEST = `export default { kind: "monitor", description: "Checks.", options: {}, async check() {
  await new Promise((r) => setTimeout(r, 100));
  return { status: "error", code: 1, message: "broken" };
} };`;

/** Ways to get between a neighbour and the agent. */
const WAYS: Readonly<Record<string, string>> = {
  "its table of plugins": `const own = Map.prototype.get;
    Map.prototype.get = function (key) {
      const found = own.call(this, key);
      if (!found?.plugin || key === "forger") return found;
      return { ...found, plugin: { check: () => JSON.parse(${FORGED}) } };
    };`,
  "the way of its messages": `const own = EventTarget.prototype.dispatchEvent;
    EventTarget.prototype.dispatchEvent = function (event) {
      const asked = event.data;
      if (asked?.t === "call" && asked.type !== "forger") this.postMessage({ t: "done", id: asked.id, json: ${FORGED} });
      return own.call(this, event);
    };`,
  "the messages themselves": `const kept = new WeakMap();
    Object.defineProperty(Event.prototype, "data", { get() { return kept.get(this); }, set(value) {
      kept.set(this, value);
      if (value?.t !== "call" || value.type === "forger") return;
      queueMicrotask(() => this.target.postMessage({ t: "done", id: value.id, json: ${FORGED} }));
    } });`,
  "how answers become text": `Object.prototype.toJSON = function () {
      return this.status ? { status: "normal", message: "forged" } : this;
    };
    await new Promise((r) => setTimeout(r, 300));
    delete Object.prototype.toJSON;`,
};

for (const [what, code] of Object.entries(WAYS)) {
  Deno.test(`a drop-in that changes ${what} can't answer for its neighbour`, async () => {
    const forger = `export default { kind: "monitor", description: "Forges.", options: {}, async check() {
      ${code}
      return { status: "normal", message: "done" };
    } };`;
    await DropInAgent.with({ "forger.js": forger, "honest.js": HONEST }, async (agent) => {
      const plugin = await agent.load("forger", "monitor");
      const honest = await agent.load("honest", "monitor");
      for (let round = 0; round < 4; round++) {
        const [verdict] = await Promise.all([agent.check(honest, 5_000), agent.check(plugin, 5_000)]);
        assert.notEqual(verdict.status, "normal", verdict.message);
      }
      assert.deepEqual(await agent.check(honest, 5_000), { status: "error", code: 1, message: "broken" });
    });
  });
}

Deno.test("who changes what all inherit while it is loaded is refused, and nobody else is blamed", async () => {
  const changes = `Array.prototype.last = function () { return this.at(-1); };\n${HONEST}`;
  await DropInAgent.with({ "changes.js": changes, "honest.js": HONEST }, async (agent) => {
    const honest = await agent.load("honest", "monitor");
    await assert.rejects(agent.load("changes", "monitor"), /it changed Array\.prototype while it was loaded/);
    assert.equal((await agent.check(honest, 5_000)).message, "broken");
    assert.deepEqual(agent.dropIns.states().map(({ type, misdeed }) => [type, misdeed]), [["honest", null]]);
  });
});

Deno.test("whose rejection nobody caught is found, whatever it says", async () => {
  const rejects = `export default { kind: "monitor", description: "Rejects.", options: {}, async check() {
    void Promise.reject(new Error("the disk is 100% full"));
    await new Promise((r) => setTimeout(r, 2_000));
  } };`;
  await DropInAgent.with({ "rejects.js": rejects, "honest.js": HONEST }, async (agent) => {
    const plugin = await agent.load("rejects", "monitor");
    await agent.load("honest", "monitor");
    const { message } = await agent.check(plugin, 5_000);
    assert.match(message, /a rejection that nobody caught: the disk is 100% full$/);
    const misdeeds = agent.dropIns.states().map(({ type, misdeed }) => [type, misdeed?.count ?? 0]);
    assert.deepEqual(misdeeds, [["rejects", 1], ["honest", 0]]);
  });
});

Deno.test("modules of Node can be used, also those that change what carries messages", async () => {
  const source = `import { MessageChannel } from "node:worker_threads";
    export default { kind: "monitor", description: "Sends.", options: {}, async check() {
      const { port1, port2 } = new MessageChannel();
      const arrived = new Promise((resolve) => port1.on("message", resolve));
      port2.postMessage("arrived");
      const message = await arrived;
      port1.close();
      return { status: "normal", message };
    } };`;
  await DropInAgent.with({ "a.js": source }, async (agent) => {
    const plugin = await agent.load("a", "monitor");
    assert.deepEqual(await agent.check(plugin, 5_000), { status: "normal", message: "arrived" });
  });
});
