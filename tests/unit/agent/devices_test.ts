import assert from "node:assert/strict";
import { Devices } from "../../../core/agent/devices.ts";
import type { QuorumConfig } from "../../../core/config/config.ts";
import { normal } from "../../../core/plugin/verdict.ts";
import { contextsOn, device, eventually, FakeOs, sleep } from "./helpers.ts";

interface Answer {
  startedMs: number;
  reached: boolean;
  message: string;
}

async function ask(devices: QuorumConfig[], work: (answers: Answer[], states: Devices["states"]) => Promise<void>) {
  const contexts = contextsOn(new FakeOs());
  const answers: Answer[] = [];
  const asked = new Devices(
    devices,
    contexts,
    (startedMs, reached, message) => answers.push({ startedMs, reached, message }),
  );
  asked.start();
  try {
    await work(answers, asked.states);
  } finally {
    await asked.close();
    contexts.close();
  }
  const count = answers.length;
  await sleep(30);
  assert.equal(answers.length, count, "nothing is reported after the end");
}

const reached = () => Promise.resolve(normal("answers"));
const silent = () => Promise.resolve({ status: "error", message: "is silent" } as const);

Deno.test("any device that answers is an answer, and the silence of another is not reported", () =>
  ask([device("nat", silent), device("endpoint", reached)], async (answers, states) => {
    await eventually("answers", () => answers.length >= 5);
    assert.ok(answers.every((answer) => answer.reached));
    assert.deepEqual(states.map((state) => [state.name, state.reached]), [["nat", false], ["endpoint", true]]);
  }));

Deno.test("when all are silent, that is reported with what the last one said", () =>
  ask([device("nat", silent), device("endpoint", silent)], async (answers) => {
    await eventually("answers", () => answers.length >= 3);
    assert.ok(answers.every((answer) => !answer.reached));
    assert.match(answers[0]!.message, /^endpoint: is silent$/);
  }));

Deno.test("a device that is lost and found is reported as it changes", async () => {
  let answers = true;
  await ask([device("nat", () => answers ? reached() : silent())], async (told) => {
    await eventually("reached", () => told.at(-1)?.reached === true);
    answers = false;
    await eventually("lost", () => told.at(-1)?.reached === false);
    answers = true;
    await eventually("found", () => told.at(-1)?.reached === true);
  });
});

Deno.test("the time that counts is when the question began, not when the answer came", () => {
  const begun: number[] = [];
  const slow = device("nat", async () => {
    begun.push(performance.now());
    await sleep(40);
    return normal("answers");
  }, { intervalMs: 10, timeoutMs: 1_000 });
  return ask([slow], async (answers) => {
    await eventually("answers", () => answers.length >= 2);
    for (const [index, { startedMs }] of answers.entries()) assert.ok(startedMs <= begun[index]!);
  });
});

Deno.test("no answer in time, an exception, and anything that is no verdict are silence", async () => {
  const bad: QuorumConfig["plugin"]["probe"][] = [
    () => new Promise(() => {}),
    () => Promise.reject(new Error("oh no")),
    () => {
      throw new Error("at once");
    },
    () => Promise.resolve(undefined as never),
    () => Promise.resolve({ status: "unknown", message: "" }),
  ];
  for (const probe of bad) {
    await ask([device("nat", probe)], async (answers) => {
      await eventually("an answer", () => answers.length >= 1);
      assert.equal(answers[0]!.reached, false);
    });
  }
});

Deno.test("no device at all says nothing", () => ask([], (answers) => Promise.resolve(assert.deepEqual(answers, []))));
