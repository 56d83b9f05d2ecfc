/** `slowest.ts FILE`: the ten files of a JUnit report whose tests took longest, as lines of seconds, tests and name. */
const report = await Deno.readTextFile(Deno.args[0] ?? "");
const files: { name: string; tests: number; s: number }[] = [];
for (const [, name = "", tests] of report.matchAll(/<testsuite name="([^"]*)"([^]*?)<\/testsuite>/g)) {
  const times = [...(tests ?? "").matchAll(/<testcase [^>]*\btime="([\d.]+)"/g)].map(([, time]) => Number(time));
  files.push({ name, tests: times.length, s: times.reduce((sum, time) => sum + time, 0) });
}
for (const { name, tests, s } of files.sort((a, b) => b.s - a.s).slice(0, 10)) {
  console.log(`  ${s.toFixed(1).padStart(6)} s ${String(tests).padStart(4)} ${name.replace(/^\.\//, "")}`);
}
