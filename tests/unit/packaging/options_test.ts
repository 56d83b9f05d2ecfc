import assert from "node:assert/strict";
import { BuildError } from "../../../packaging/build_error.ts";
import { cacheFolder } from "../../../packaging/npm_runtime.ts";
import { readBuildOptions } from "../../../packaging/options.ts";

Deno.test("without options all targets of the official runtime go to dist", () => {
  assert.deepEqual(readBuildOptions([]), { targets: [], runtime: "official", out: "dist" });
});

Deno.test("targets are named, once each", () => {
  const options = readBuildOptions(["--target", "linux-arm64", "--target=windows-x64", "--target", "linux-arm64"]);
  assert.deepEqual(options?.targets.map(({ triple }) => triple), [
    "aarch64-unknown-linux-gnu",
    "x86_64-pc-windows-msvc",
  ]);
});

Deno.test("help is no build", () => assert.equal(readBuildOptions(["--help"]), undefined));

const refused: [string[], RegExp][] = [
  [["--target", "linux"], /^--target linux: there are linux-x64, linux-arm64, windows-x64$/],
  [["--runtime", "node"], /^--runtime node: there is official and npm$/],
  [["--targt", "linux-x64"], /'--targt'[^]*deno task build \[--target NAME\]/],
  [["linux-x64"], /linux-x64/],
];

for (const [args, message] of refused) {
  Deno.test(`refused: ${args.join(" ")}`, () => {
    assert.throws(() => readBuildOptions(args), (error) => error instanceof BuildError && message.test(error.message));
  });
}

Deno.test("the cache lies where the user's caches lie", () => {
  const at = (env: Record<string, string>) => cacheFolder((name) => env[name]);
  assert.equal(at({ XDG_CACHE_HOME: "/x", HOME: "/h" }), "/x/baton-build");
  assert.equal(at({ XDG_CACHE_HOME: "", HOME: "/h" }), "/h/.cache/baton-build");
  assert.throws(() => at({ HOME: "" }), /neither XDG_CACHE_HOME nor HOME is set/);
});
