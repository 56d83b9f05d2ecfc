import assert from "node:assert/strict";
import { join } from "node:path";
import { Fault } from "../../../core/plugin/fault.ts";
import ip from "../../../plugins/monitors/ip.ts";
import type { PingNeed } from "../../../plugins/ping_any.ts";
import { createBench } from "../../conformance/bench.ts";
import { monitorSuite } from "../../conformance/monitor_suite.ts";

const ADDRESSES = ["10.0.0.1", "10.0.0.2"];

monitorSuite("ip (all)", ip, async () => {
  const bench = await createBench();
  for (const one of ADDRESSES) await Deno.writeTextFile(join(bench.folder, "reach", one), "1");
  const break_ = () => Deno.remove(join(bench.folder, "reach", ADDRESSES[1]!));
  return {
    options: { addresses: ADDRESSES, pingTimeout: "130ms", need: "all" },
    context: (options, signal) => bench.context(options, signal === undefined ? {} : { signal }),
    breakIt: break_,
    hang: break_,
    errorCode: 6,
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
}, ["hideIt"]);

/** What each address does, and what that is to a monitor that needs any, and one that needs all. */
const cases: readonly (readonly [first: Answer, second: Answer, any: string, all: string])[] = [
  ["answers", "answers", "normal", "normal"],
  ["answers", "silent", "normal", "error"],
  ["answers", "not asked", "normal", "unknown"],
  ["silent", "silent", "error", "error"],
  ["silent", "not asked", "unknown", "error"],
  ["not asked", "not asked", "unknown", "unknown"],
];
type Answer = "answers" | "silent" | "not asked";

for (const [first, second, any, all] of cases) {
  Deno.test(`ip: one address ${first}, the other ${second}: any is ${any}, all is ${all}`, async () => {
    await using bench = await createBench();
    bench.os.ping = (address) => {
      const answer = address === ADDRESSES[0] ? first : second;
      if (answer === "not asked") return Promise.reject(new Fault(99, "ping is missing", { uncertain: true }));
      return Promise.resolve(answer === "answers" ? 1 : null);
    };
    const check = (need: PingNeed) => ip.check(bench.context({ addresses: ADDRESSES, pingTimeout: 50, need }));
    assert.equal((await check("any")).status, any);
    assert.equal((await check("all")).status, all);
  });
}
