import assert from "node:assert/strict";
import { join } from "node:path";
import { activateContext } from "../../../core/plugin/context.ts";
import { Fault, FAULT_CODES } from "../../../core/plugin/fault.ts";
import monitor from "../../../plugins/monitors/floating-ip.ts";
import resource, { type FloatingIpOptions } from "../../../plugins/resources/floating-ip.ts";
import { createBench, type TestBench } from "../../conformance/bench.ts";
import { monitorSuite } from "../../conformance/monitor_suite.ts";
import { resourceSuite } from "../../conformance/resource_suite.ts";

const signal = new AbortController().signal;
const FOUR = "192.0.2.20";
const SIX = "fd00:2::20";
const OPTIONS: FloatingIpOptions = { ip: FOUR, nic: "eth0", probe: 50, force: false, announcements: 2 };

const activate = (bench: TestBench, options: Partial<FloatingIpOptions> = {}) =>
  resource.activate(activateContext(bench.context({ ...OPTIONS, ...options }), "start", 1));
const announced = (bench: TestBench) => Deno.readTextFile(join(bench.folder, "announced")).catch(() => "");

/** Another machine of the network has the address. */
async function occupy(bench: TestBench, ip: string): Promise<void> {
  await Deno.mkdir(join(bench.folder, "neighbours"), { recursive: true });
  await Deno.writeTextFile(join(bench.folder, "neighbours", ip), "02:00:00:00:00:0c\n");
}

for (const ip of [FOUR, SIX]) {
  resourceSuite(`floating-ip ${ip}`, resource, async () => {
    const bench = await createBench();
    const whoHas = bench.os.whoHas.bind(bench.os);
    let brake = false;
    bench.os.whoHas = (nic, one, timeoutMs, both) => whoHas(nic, one, brake ? 600_000 : timeoutMs, both);
    return {
      options: { ip, nic: "eth0", probe: "50ms", announcements: 2 },
      context: (options, both) => bench.context(options, both === undefined ? {} : { signal: both }),
      isActive: async () => (await bench.addresses()).includes(ip),
      crashHalfway: () => bench.os.addAddress("eth0", ip, signal),
      hang: () => void (brake = true),
      localDeactivation: true,
      [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
    };
  });
}

for (
  const [what, breaks, code] of [["address", "address", FAULT_CODES.address], [
    "link",
    "link",
    FAULT_CODES.noLink,
  ]] as const
) {
  monitorSuite(`floating-ip (${what})`, monitor, async () => {
    const bench = await createBench();
    await bench.os.addAddress("eth0", FOUR, signal);
    const nics = bench.os.nics.bind(bench.os);
    return {
      options: { ip: FOUR, nic: "eth0" },
      context: (options, both) => bench.context(options, both === undefined ? {} : { signal: both }),
      breakIt: () =>
        breaks === "address"
          ? bench.os.removeAddress(FOUR, signal)
          : Deno.writeTextFile(join(bench.folder, "nics", "eth0", "link"), "down"),
      hideIt: () => void (bench.os.nics = () => Promise.reject(new Fault(99, "ip is missing", { uncertain: true }))),
      hang: () =>
        void (bench.os.nics = (both) =>
          new Promise((_, reject) => both.addEventListener("abort", () => reject(both.reason)))),
      errorCode: code,
      [Symbol.asyncDispose]: () => {
        bench.os.nics = nics;
        return bench[Symbol.asyncDispose]();
      },
    };
  });
}

Deno.test("floating-ip tells the neighbours as often as it is asked to, also when the address was here already", async () => {
  await using bench = await createBench();
  await activate(bench, { announcements: 3 });
  assert.equal(await announced(bench), "eth0 192.0.2.20\n".repeat(3));
  await activate(bench, { announcements: 1 });
  assert.equal(await announced(bench), "eth0 192.0.2.20\n".repeat(4));
});

Deno.test("floating-ip refuses an address that another machine answers for, and has changed nothing", async () => {
  for (const ip of [FOUR, SIX]) {
    await using bench = await createBench();
    await occupy(bench, ip);
    await assert.rejects(activate(bench, { ip }), (error) => {
      assert.ok(error instanceof Fault && error.code === FAULT_CODES.addressTaken && !error.uncertain);
      assert.match(
        error.message,
        /another machine on the network of eth0 has .*: its hardware address is 02:00:00:00:00:0c/,
      );
      return true;
    });
    assert.deepEqual(await bench.addresses(), []);
    assert.equal(await announced(bench), "");
    await activate(bench, { ip, force: true });
    assert.deepEqual(await bench.addresses(), [ip]);
    assert.match(bench.warnings.join(), /taken all the same/);
  }
});

Deno.test("floating-ip does not ask the network for an address that it has itself", async () => {
  await using bench = await createBench();
  await activate(bench);
  await occupy(bench, FOUR);
  await activate(bench);
  assert.deepEqual(await bench.addresses(), [FOUR]);
});

Deno.test("floating-ip goes on the NIC of its subnet, or says that there is none", async () => {
  await using bench = await createBench();
  const nics = bench.os.nics.bind(bench.os);
  bench.os.nics = async (both) => {
    const [eth0] = await nics(both);
    const own = [{ ip: "192.0.2.1", prefix: 24 }, { ip: "fd00:2::1", prefix: 64 }];
    return [{ name: "eth1", mac: "", addresses: [] }, { ...eth0!, addresses: [...own, ...eth0!.addresses] }];
  };
  const { nic: _, ...anywhere } = OPTIONS;
  for (const ip of [FOUR, SIX]) {
    await resource.activate(activateContext(bench.context({ ...anywhere, ip }), "start", 1));
    assert.ok(
      (await bench.addresses()).includes(ip) ||
        (await bench.os.nics(signal))[1]!.addresses.some((one) => one.ip === ip),
    );
  }
  await assert.rejects(
    resource.prepare!(bench.context({ ...anywhere, ip: "198.51.100.9" })),
    (error) => error instanceof Fault && error.code === FAULT_CODES.nicAddress && /eth1, eth0/.test(error.message),
  );
  await assert.rejects(resource.prepare!(bench.context({ ...anywhere, nic: "eth9" })), /no network interface eth9/);
  await assert.rejects(activate(bench, { ip: "192.0.2.1" }), /configured on eth0 by the system, as \/24/);
});

Deno.test("floating-ip: without link is well where nobody asks for it", async () => {
  await using bench = await createBench();
  await bench.os.addAddress("eth0", FOUR, signal);
  await Deno.writeTextFile(join(bench.folder, "nics", "eth0", "link"), "down");
  assert.equal((await monitor.check(bench.context({ ip: FOUR, link: false }))).status, "normal");
  assert.match(String(resource.validate?.({ ...OPTIONS, ip: "127.0.0.9" })), /loopback/);
});
