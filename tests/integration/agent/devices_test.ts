import assert from "node:assert/strict";
import { SystemClock } from "../../../core/agent/clock.ts";
import { Devices } from "../../../core/agent/devices.ts";
import type { Reason } from "../../../core/cluster/reasons.ts";
import type { QuorumConfig } from "../../../core/config/config.ts";
import { normal } from "../../../core/plugin/verdict.ts";
import { contextsOn, device, eventually, FakeOs, sleep } from "../../unit/agent/helpers.ts";

interface Answer {
  startedMs: number;
  reached: boolean;
  message: string;
}

interface Asked {
  answers: Answer[];
  states: Devices["states"];
  notes: Reason[];
}

async function ask(devices: QuorumConfig[], work: (asked: Asked) => Promise<void>, tieBreaker: "any" | "all" = "any") {
  const contexts = contextsOn(new FakeOs());
  const answers: Answer[] = [];
  const notes: Reason[] = [];
  const asked = new Devices({ quorum: devices, tieBreaker }, contexts, {
    answer: (startedMs, reached, message) => void answers.push({ startedMs, reached, message }),
    note: (reasons) => void notes.push(...reasons),
  });
  asked.start();
  try {
    await work({ answers, states: asked.states, notes });
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
  ask([device("nat", silent), device("endpoint", reached)], async ({ answers, states }) => {
    await eventually("answers", () => answers.length >= 5);
    assert.ok(answers.every((answer) => answer.reached));
    assert.deepEqual(states.map((state) => [state.name, state.reached]), [["nat", false], ["endpoint", true]]);
  }));

Deno.test("only a device that is normal has answered: a warning, an unknown and an error are no vote", async () => {
  for (const status of ["warning", "unknown", "error"] as const) {
    const doubtful = () => Promise.resolve({ status, code: 6, message: "half of it answers" });
    await ask([device("nat", doubtful)], async ({ answers, states }) => {
      await eventually("answers", () => answers.length >= 2);
      assert.ok(answers.every((answer) => !answer.reached), status);
      assert.equal(states[0]!.reached, false);
      assert.match(answers[0]!.message, status === "error" ? /\(6 : half/ : /\(106 : half/);
    });
  }
});

Deno.test("a device that answers at once is asked again at its interval, not sooner", () => {
  const intervalMs = 40;
  return ask([{ ...device("nat", reached), intervalMs }], async ({ answers }) => {
    await eventually("answers", () => answers.length >= 4);
    const tookMs = answers[3]!.startedMs - answers[0]!.startedMs;
    // Less by what a timer may come early, three times.
    assert.ok(tookMs >= 3 * intervalMs - 3, `four questions within ${tookMs} ms`);
  });
});

Deno.test("answers count on the engine's clock, which goes on where it was when the system's has gone back", async () => {
  let backMs = 0;
  // Another clock than the one of `performance.now()`, as it is after it has gone back once.
  const clock = new SystemClock(() => performance.now() + 1_000_000 - backMs, { nowMs: () => NaN, noiseMs: 0 });
  const contexts = contextsOn(new FakeOs());
  const agesMs: number[] = [];
  const asked = new Devices({ quorum: [device("nat", reached)], tieBreaker: "any" }, contexts, {
    answer: (startedMs) => void agesMs.push(clock.nowMs() - startedMs),
    note: () => {},
  }, () => clock.nowMs());
  asked.start();
  try {
    await eventually("answers", () => agesMs.length >= 2);
    backMs = 60_000;
    const count = agesMs.length;
    await eventually("more answers", () => agesMs.length >= count + 3);
    assert.ok(agesMs.every((ms) => ms >= 0 && ms < 10_000), `ages in ms: ${agesMs.join(", ")}`);
  } finally {
    await asked.close();
    contexts.close();
  }
});

Deno.test("when all are silent, that is reported with what the last one said", () =>
  ask([device("nat", silent), device("endpoint", silent)], async ({ answers }) => {
    await eventually("answers", () => answers.length >= 3);
    assert.ok(answers.every((answer) => !answer.reached));
    assert.match(answers[0]!.message, /^endpoint: is silent$/);
  }));

Deno.test("all: one silent device is silence, by its name; each answers again and all do", async () => {
  let answers = true;
  const flaky = device("endpoint", () => answers ? reached() : silent());
  await ask([device("nat", reached), flaky], async ({ answers: told, states }) => {
    await eventually("all answer", () => told.at(-1)?.reached === true);
    assert.equal(told.at(-1)?.message, "nat: answers; endpoint: answers");
    answers = false;
    await eventually("one is lost", () => told.at(-1)?.reached === false);
    assert.equal(told.at(-1)?.message, "endpoint: is silent");
    assert.deepEqual(states.map((state) => state.reached), [true, false]);
    const count = told.length;
    await eventually("more questions", () => told.length >= count + 5);
    assert.ok(told.slice(count).every((answer) => !answer.reached));
    answers = true;
    await eventually("it is found", () => told.at(-1)?.reached === true);
  }, "all");
});

Deno.test("several devices: each that changes is a line in the journal, before it is needed", async () => {
  let answers = true;
  const flaky = device("nat", () => answers ? reached() : silent());
  await ask([flaky, device("endpoint", reached)], async ({ answers: told, notes }) => {
    const lines = () => notes.map(({ code, level, text }) => [code, level, text]);
    await eventually("both are reached", () => notes.length === 2);
    answers = false;
    await eventually("one is lost", () => notes.length === 3);
    await sleep(80);
    assert.deepEqual(lines()[2], [
      "device-lost",
      "warning",
      "The acknowledgement device nat is not reached: is silent.",
    ]);
    assert.equal(notes.length, 3, "once for a change, not for each question");
    assert.ok(told.every((answer) => answer.reached), "together they are reached all the time");
    answers = true;
    await eventually("it is found", () => notes.length === 4);
    assert.deepEqual(lines()[3], [
      "device-reached",
      "info",
      "The acknowledgement device nat is reached again: answers.",
    ]);
  });
});

Deno.test("a single device is told of by the engine alone", () =>
  ask([device("nat", silent)], async ({ answers, notes }) => {
    await eventually("answers", () => answers.length >= 3);
    assert.deepEqual(notes, []);
  }));

Deno.test("a device that is lost and found is reported as it changes", async () => {
  let answers = true;
  await ask([device("nat", () => answers ? reached() : silent())], async ({ answers: told }) => {
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
  return ask([slow], async ({ answers }) => {
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
    await ask([device("nat", probe)], async ({ answers }) => {
      await eventually("an answer", () => answers.length >= 1);
      assert.equal(answers[0]!.reached, false);
    });
  }
});

Deno.test("no device at all says nothing", () =>
  ask([], ({ answers }) => Promise.resolve(assert.deepEqual(answers, []))));

Deno.test("other devices are asked beside those that count until they answer, then in their place", async () => {
  const contexts = contextsOn(new FakeOs());
  const said: string[] = [];
  const named = (message: string) => () => Promise.resolve(normal(message));
  const asked = new Devices({ quorum: [device("old", named("old"))], tieBreaker: "any" }, contexts, {
    answer: (_startedMs, _reached, message) => void said.push(message),
    note: () => {},
  });
  asked.start();
  try {
    await eventually("the first answers", () => said.length >= 2);
    const next = { quorum: [device("new", named("new"))], tieBreaker: "any" as const };
    const others = await asked.others(next, new AbortController().signal);
    assert.ok(said.every((message) => /old/.test(message)), said.join());
    others.take();
    assert.match(said.at(-1)!, /new/);
    assert.deepEqual(asked.states.map(({ name }) => name), ["new"]);
    const count = said.length;
    await eventually("more answers", () => said.length >= count + 3);
    assert.ok(said.slice(count).every((message) => /new/.test(message)), said.join());
  } finally {
    await asked.close();
    contexts.close();
  }
});

Deno.test("other devices that don't answer take nobody's place, and why is told", async () => {
  const contexts = contextsOn(new FakeOs());
  const said: boolean[] = [];
  const asked = new Devices({ quorum: [device("old", reached)], tieBreaker: "any" }, contexts, {
    answer: (_startedMs, reached) => void said.push(reached),
    note: () => {},
  });
  asked.start();
  try {
    const next = { quorum: [device("new", silent)], tieBreaker: "any" as const };
    await assert.rejects(
      asked.others(next, new AbortController().signal, 100),
      /the new acknowledgement devices are not reached from here \(.*is silent.*\), so the ones before go on being asked/,
    );
    const count = said.length;
    await eventually("the old one is still asked", () => said.length >= count + 2);
    assert.ok(said.every((one) => one));
    assert.deepEqual(asked.states.map(({ name }) => name), ["old"]);
  } finally {
    await asked.close();
    contexts.close();
  }
});
