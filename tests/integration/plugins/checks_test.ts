import { join } from "node:path";
import { FAULT_CODES } from "../../../core/plugin/fault.ts";
import type { PluginContext } from "../../../core/plugin/contract.ts";
import awsAz from "../../../plugins/monitors/aws-az.ts";
import awsEip from "../../../plugins/monitors/aws-eip.ts";
import awsVip from "../../../plugins/monitors/aws-vip.ts";
import ip from "../../../plugins/monitors/ip.ts";
import script from "../../../plugins/monitors/script.ts";
import tcp from "../../../plugins/monitors/tcp.ts";
import quorumPing from "../../../plugins/quorum/ping.ts";
import quorumTcp from "../../../plugins/quorum/tcp.ts";
import { createBench, EIP, ENI, PEER_ENI, type TestBench, VIP, VPC, ZONE } from "../../conformance/bench.ts";
import type { CheckSubject } from "../../conformance/check_suite.ts";
import { monitorSuite } from "../../conformance/monitor_suite.ts";
import { quorumSuite } from "../../conformance/quorum_suite.ts";

type Special = Omit<CheckSubject, "context" | typeof Symbol.asyncDispose>;

async function onBench(parts: (bench: TestBench) => Special | Promise<Special>): Promise<CheckSubject> {
  const bench = await createBench();
  return {
    ...await parts(bench),
    context: (options, signal) => bench.context(options, signal === undefined ? {} : { signal }),
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
}

monitorSuite("aws-vip (routes)", awsVip, () =>
  onBench(async (bench) => {
    const signal = new AbortController().signal;
    await bench.os.addAddress("eth0", VIP, signal);
    for (const table of bench.ec2.tables.slice(0, 2)) for (const route of table.routes) route.eniId = ENI;
    return {
      options: { ip: VIP, vpc: VPC, eni: ENI },
      breakIt: () => void Object.assign(bench.ec2.tables[1]?.routes[0] ?? {}, { eniId: PEER_ENI }),
      hideIt: () => bench.ec2.cutOff(),
      hang: () => void bench.ec2.hanging.add("routeTables"),
      errorCode: FAULT_CODES.routeChanged,
    };
  }));

monitorSuite("aws-vip (address)", awsVip, () =>
  onBench(async (bench) => {
    const signal = new AbortController().signal;
    await bench.os.addAddress("eth0", VIP, signal);
    for (const table of bench.ec2.tables.slice(0, 2)) for (const route of table.routes) route.eniId = ENI;
    return {
      options: { ip: VIP, vpc: VPC, eni: ENI },
      // Certain although EC2 does not answer: the address is a matter of this machine.
      breakIt: async () => {
        bench.ec2.cutOff();
        await bench.os.removeAddress(VIP, signal);
      },
      errorCode: FAULT_CODES.address,
    };
  }), ["hideIt", "hang"]);

monitorSuite("aws-eip", awsEip, () =>
  onBench((bench) => {
    const eip = bench.ec2.eips.get(EIP);
    if (eip) eip.eniId = ENI;
    return {
      options: { allocation: EIP, eni: ENI },
      breakIt: () => void (eip && (eip.eniId = PEER_ENI)),
      hideIt: () => bench.ec2.cutOff(),
      hang: () => void bench.ec2.hanging.add("elasticIp"),
      errorCode: FAULT_CODES.address,
    };
  }));

monitorSuite("aws-az", awsAz, () =>
  onBench((bench) => ({
    options: {},
    breakIt: () => void bench.ec2.zones.set(ZONE, { name: ZONE, state: "unavailable", messages: ["power"] }),
    hideIt: () => void bench.ec2.zones.clear(),
    hang: () => void bench.ec2.hanging.add("availabilityZone"),
    errorCode: FAULT_CODES.requestFailed,
  })));

function pinging(pingTimeout: string): () => Promise<CheckSubject> {
  return () =>
    onBench(async (bench) => {
      const near = join(bench.folder, "reach", "10.0.0.1");
      await Deno.writeTextFile(near, "1");
      return {
        // One that never answers does no harm as long as another does.
        options: { addresses: ["10.0.0.1", "10.0.0.2"], pingTimeout },
        breakIt: () => Deno.remove(near),
        hang: () => Deno.remove(near),
        errorCode: FAULT_CODES.timeout,
      };
    });
}
// The wait for a silent address has to be longer than the moment at which the suite calls the check off.
monitorSuite("ip", ip, pinging("130ms"), ["hideIt"]);
quorumSuite("ping", quorumPing, pinging("130ms"), ["hideIt"]);

/** A listener on a port of its own, whose backlog answers without anybody accepting. */
function listening(): () => Promise<CheckSubject> {
  return async () => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    let open = true;
    const close = () => {
      if (open) listener.close();
      open = false;
    };
    const subject = await onBench(() => ({
      options: { host: "127.0.0.1", port: listener.addr.port },
      breakIt: close,
      errorCode: FAULT_CODES.requestFailed,
    }));
    return {
      ...subject,
      [Symbol.asyncDispose]: async () => {
        close();
        await subject[Symbol.asyncDispose]();
      },
    };
  };
}
monitorSuite("tcp", tcp, listening(), ["hideIt", "hang"]);
quorumSuite("tcp", quorumTcp, listening(), ["hideIt", "hang"]);

/** A name service that is down says nothing about the port. */
function nameless(): () => Promise<CheckSubject> {
  return async () => {
    const subject = await listening()();
    let hidden = false;
    return {
      options: subject.options,
      breakIt: () => subject.breakIt(),
      hideIt: () => void (hidden = true),
      errorCode: FAULT_CODES.requestFailed,
      context: (options, signal): PluginContext<Record<string, unknown>> =>
        subject.context(hidden ? { ...options, host: "no-such-host.invalid" } : options, signal),
      [Symbol.asyncDispose]: () => subject[Symbol.asyncDispose](),
    };
  };
}
monitorSuite("tcp (names)", tcp, nameless(), ["hang"]);

monitorSuite("script", script, () =>
  onBench((bench) => {
    const answer = join(bench.folder, "answer.sh");
    const say = (text: string) => Deno.writeTextFileSync(answer, text);
    say("echo fine");
    return {
      options: { command: ["sh", answer] },
      breakIt: () => say("echo the queue is full >&2; exit 2"),
      hideIt: () => say("exec /nowhere/program"),
      hang: () => say("sleep 30"),
      errorCode: 2,
    };
  }));
