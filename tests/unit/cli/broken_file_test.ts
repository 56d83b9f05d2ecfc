import assert from "node:assert/strict";
import { resolve } from "node:path";
import { placeIn } from "../../../core/cli/broken_file.ts";

Deno.test("the agent of a file that can't be read is where its lines say, or where agents are by default", () => {
  const path = resolve("/etc/baton/cluster.yaml");
  assert.equal(placeIn("servers: [nonsense\n\t:::", path).url, "http://127.0.0.1:7711");
  const text = 'servers: [\nstatus: "127.0.0.1:9001" # here\nstate: kept\n';
  assert.deepEqual(placeIn(text, path), { url: "http://127.0.0.1:9001", stateDir: resolve("/etc/baton/kept") });
});
