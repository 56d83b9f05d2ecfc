import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { exec } from "../../../core/os/exec.ts";
import { FAULT_CODES } from "../../../core/plugin/fault.ts";
import { lacks } from "../../needs.ts";

/** Namespaces that end with their only process; a `/run` of their own, so that no name of them is left behind. */
const ALONE = ["unshare", "-n", "-m", "sh", "-c", 'mount -t tmpfs none /run && exec "$@"', "alone"] as const;

async function canUnshare(): Promise<boolean> {
  try {
    const build = "ip netns add x && ip -n x link add br0 type bridge && ip link add v type veth peer name w netns x";
    return (await exec([...ALONE, "sh", "-c", build], { signal: AbortSignal.timeout(5_000) })).status === 0;
  } catch {
    return false;
  }
}

const NAME = "floating-ip: a takeover on a real network, with real ARP and neighbour discovery";

Deno.test({
  name: NAME,
  ignore: Deno.build.os !== "linux" || lacks(NAME, "root, unshare, ip and mount", await canUnshare()),
  fn: async () => {
    const program = fileURLToPath(new URL("./floating_program.ts", import.meta.url));
    const result = await exec(
      [...ALONE, Deno.execPath(), "run", "-A", "--no-lock", program],
      { signal: AbortSignal.timeout(60_000) },
    );
    assert.equal(result.status, 0, result.stderr);
    const saw = {
      before: true,
      whoHas: true,
      nobody: null,
      refused: FAULT_CODES.addressTaken,
      left: false,
      stale: true,
      told: true,
      reachedSoon: true,
      monitor: "normal",
      unplugged: FAULT_CODES.noLink,
      gone: FAULT_CODES.address,
    };
    assert.deepEqual(JSON.parse(result.stdout), {
      four: saw,
      six: { ...saw, detected: FAULT_CODES.addressTaken },
      warnings: [],
    });
  },
});
