import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Outlet } from "../../../core/cli/outlet.ts";

const decode = (chunks: readonly Uint8Array[]) =>
  new TextDecoder().decode(Uint8Array.from(chunks.flatMap((chunk) => [...chunk])));

Deno.test("outlet: lines come out whole and in order, however little the sink takes at once", async () => {
  const taken: Uint8Array[] = [];
  const outlet = new Outlet((bytes) => {
    taken.push(bytes.slice(0, 7));
    return Promise.resolve(Math.min(7, bytes.length));
  });
  for (let line = 0; line < 20; line++) {
    outlet.put(`line ${line}, grüße`);
    if (line % 5 === 0) await Promise.resolve();
  }
  await outlet.written();
  assert.equal(decode(taken), Array.from({ length: 20 }, (_, line) => `line ${line}, grüße\n`).join(""));
});

Deno.test("outlet: while nobody reads a bounded number of lines waits, and who reads again is told how many are missing", async () => {
  const taken: Uint8Array[] = [];
  let open = () => {};
  const shut = new Promise<void>((resolve) => open = resolve);
  const outlet = new Outlet(async (bytes) => {
    await shut;
    taken.push(bytes.slice());
    return bytes.length;
  }, 1_000);
  outlet.put("the first");
  await new Promise((resolve) => setTimeout(resolve, 1));
  for (let line = 0; line < 100_000; line++) outlet.put("x".repeat(99));
  open();
  await outlet.written();
  outlet.put("the last");
  await outlet.written();
  const lines = decode(taken).trimEnd().split("\n");
  assert.deepEqual([lines[0], lines[1], lines.at(-1)], [
    "the first",
    "(99990 lines were dropped here: nobody took them in time)",
    "the last",
  ]);
  assert.equal(lines.length, 13);
});

Deno.test("outlet: a full disk or a reader that is gone costs lines, which are counted, and throws nothing", async () => {
  const taken: Uint8Array[] = [];
  let full = true;
  const outlet = new Outlet((bytes) => {
    if (full) return Promise.reject(new Error("No space left on device (os error 28)"));
    taken.push(bytes.slice());
    return Promise.resolve(bytes.length);
  });
  for (let line = 0; line < 3; line++) {
    outlet.put("lost");
    await outlet.written();
  }
  full = false;
  outlet.put("kept");
  await outlet.written();
  assert.equal(decode(taken), "(3 lines were dropped here: nobody took them in time)\nkept\n");
});

Deno.test("outlet: a process whose output nobody reads goes on, whoever prints, and ends when it wants to", async () => {
  const dir = await Deno.makeTempDir({ prefix: "baton-outlet-" });
  const program = join(dir, "program.ts");
  const outlet = new URL("../../../core/cli/outlet.ts", import.meta.url).href;
  await Deno.writeTextFile(
    program,
    `import process from "node:process";
     import { loosenOutput, outputWritten } from ${JSON.stringify(outlet)};
     loosenOutput();
     for (let round = 0; round < 50; round++) {
       for (let line = 0; line < 50; line++) {
         for (const print of [console.log, console.info, console.error, console.warn]) print("x".repeat(99), { line });
       }
       process.emitWarning("something is old");
       await new Promise((resolve) => setTimeout(resolve, 5));
     }
     Deno.writeTextFileSync(${JSON.stringify(join(dir, "done"))}, "");
     await outputWritten();
     Deno.exit(3);`,
  );
  try {
    const process = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--quiet", program],
      cwd: fileURLToPath(new URL("../../..", import.meta.url)),
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const timer = setTimeout(() => process.kill("SIGKILL"), 20_000);
    const { code } = await process.status;
    clearTimeout(timer);
    await Promise.all([process.stdout.cancel(), process.stderr.cancel()]);
    assert.equal(code, 3);
    await Deno.stat(join(dir, "done"));
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
