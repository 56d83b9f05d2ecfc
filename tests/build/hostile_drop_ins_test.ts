import { HOST_COMMAND } from "../../core/host/protocol.ts";
import { HOSTILE } from "../e2e/hostile_drop_ins.ts";
import { costsNoHeartbeat } from "../e2e/hostile_trial.ts";
import { buildExecutable, type Built } from "./executable.ts";

let built: Built;

Deno.test.beforeAll(async () => {
  built = await buildExecutable();
});

Deno.test.afterAll(async () => {
  await built?.remove();
});

for (const hostile of HOSTILE) {
  Deno.test(`in the executable, a drop-in that ${hostile.does} costs itself, and no heartbeat`, () =>
    costsNoHeartbeat(hostile, [built.path, HOST_COMMAND]));
}
