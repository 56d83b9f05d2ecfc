import assert from "node:assert/strict";
import { print, tell } from "../../../core/cli/command.ts";
import { main } from "../../../core/cli/main.ts";

/** Runs `work` where standard output and standard error throw; resolves with what was told. */
async function withBroken<T>(thrown: Error, work: () => T | Promise<T>): Promise<{ value: T; told: string[] }> {
  const { log, error } = console;
  const told: string[] = [];
  const broken = () => {
    throw thrown;
  };
  Object.assign(console, { log: broken, error: (text: string) => void told.push(text) });
  try {
    return { value: await work(), told };
  } finally {
    Object.assign(console, { log, error });
  }
}

Deno.test("command: whoever has read enough of a result ends nothing and is told nothing", async () => {
  for (
    const gone of [
      new Deno.errors.BrokenPipe("Broken pipe (os error 32)"),
      Object.assign(new Error("x"), { code: "EPIPE" }),
    ]
  ) {
    const { value, told } = await withBroken(gone, () => main(["explain", "5"]));
    assert.deepEqual([value, told], [0, []]);
  }
});

Deno.test("command: a result that can't be written is an error with its number, not where the code broke", async () => {
  const { value, told } = await withBroken(
    new Error("No space left on device (os error 28)"),
    () => main(["explain", "5"]),
  );
  assert.equal(value, 1);
  assert.deepEqual(told, ["error: the result can't be written: No space left on device (os error 28) (explain 314)"]);
});

Deno.test("command: what can't even be told is not thrown", () => {
  const { error } = console;
  console.error = () => {
    throw new Deno.errors.BrokenPipe("gone");
  };
  try {
    tell("x");
  } finally {
    console.error = error;
  }
  assert.throws(() => withNoConsole(() => print("x")), /the result can't be written: gone/);
});

function withNoConsole(work: () => void): void {
  const { log } = console;
  console.log = () => {
    throw new Error("gone");
  };
  try {
    work();
  } finally {
    console.log = log;
  }
}
