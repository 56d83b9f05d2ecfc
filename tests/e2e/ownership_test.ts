import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));

const FILE = `cluster: owned
key: baton.key
state: state
status: 127.0.0.1:9
servers:
  server1: { interconnect: 127.0.0.1:1 }
  server2: { interconnect: 127.0.0.1:2 }
groups:
  failover1:
    resources:
      app1: { type: script, start: ["true"], stop: ["true"] }
monitors:
  mine1: { type: mine }
`;

const DROP_IN = `import { text } from "./lib/text.js";
export default {
  kind: "monitor",
  description: "Says that all is well.",
  options: {},
  async check() { return { status: "normal", message: text }; },
};
`;

const cases: [string, RegExp][] = [
  [
    "cluster.yaml",
    /^error: \S+cluster\.yaml belongs to .* 0666: everybody may.*run `chmod go-w \S+cluster\.yaml`.*300\)?\n$/,
  ],
  ["plugins/mine.js", /mine\.js belongs to .* 0666: everybody may.*304/],
  ["plugins/lib/text.js", /text\.js belongs to .* 0666: everybody may.*304/],
  ["baton.key", /the key file \S+baton\.key belongs to .* 0666: everybody may.*306/],
];

for (const [open, message] of cases) {
  Deno.test({
    name: `an agent does not start when everybody may change ${open}`,
    ignore: Deno.build.os === "windows",
    fn: async () => {
      const folder = await Deno.makeTempDir({ prefix: "baton-owned-" });
      try {
        await Deno.mkdir(join(folder, "machine", "nics"), { recursive: true });
        await Deno.mkdir(join(folder, "plugins", "lib"), { recursive: true });
        await Deno.writeTextFile(join(folder, "cluster.yaml"), FILE);
        await Deno.writeTextFile(join(folder, "plugins", "mine.js"), DROP_IN);
        await Deno.writeTextFile(join(folder, "plugins", "lib", "text.js"), `export const text = "fine";\n`);
        await Deno.writeTextFile(join(folder, "baton.key"), crypto.randomUUID(), { mode: 0o600 });
        await Deno.chmod(join(folder, open), 0o666);
        const { code, stderr } = await new Deno.Command(Deno.execPath(), {
          args: ["run", "-A", "-q", MAIN, "run", "-c", join(folder, "cluster.yaml"), "--server", "server1"],
          env: { NO_COLOR: "1", BATON_SANDBOX: join(folder, "machine") },
          stdin: "null",
          signal: AbortSignal.timeout(60_000),
        }).output();
        const said = new TextDecoder().decode(stderr).split("\n").filter((line) => !line.includes("warning:")).join(
          "\n",
        );
        assert.equal(code, 2, said);
        assert.match(said, message);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}
