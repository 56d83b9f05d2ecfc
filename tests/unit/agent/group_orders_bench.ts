/** The orders of one group on a fake machine, for their tests. */
import assert from "node:assert/strict";
import { type GroupOrder, GroupOrders } from "../../../core/agent/group_orders.ts";
import type { Event } from "../../../core/cluster/events.ts";
import type { ResourceConfig } from "../../../core/config/config.ts";
import { contextsOn, FakeOs, group, resource, sleep } from "./helpers.ts";

interface Bench {
  os: FakeOs;
  orders: GroupOrders;
  answers: Event[];
  /** Gives an order as the agent does. */
  order(order: GroupOrder): Promise<void>;
}

/** Orders of these resources, ended afterwards, with every switch disarmed. */
export async function withOrders(
  resources: ResourceConfig[],
  work: (bench: Bench) => Promise<void>,
  os = new FakeOs(),
) {
  const contexts = contextsOn(os);
  const answers: Event[] = [];
  const orders = new GroupOrders(
    group(...resources),
    contexts,
    { stopMs: 1_500, pauseMs: 300 },
    (event) => answers.push(event),
  );
  try {
    await work({ os, orders, answers, order: (order) => orders.carryOut(order, orders.ticket()) });
  } finally {
    await orders.close();
    await orders.disarm();
    contexts.close();
    await Promise.all(running);
  }
  assert.equal(os.armed, 0, "every switch that was armed is disarmed");
}

export const up = (resource: string, epoch = 1, cause: "start" | "failover" = "start"): GroupOrder => ({
  do: "activate",
  group: "g",
  resource,
  epoch,
  cause,
  attempt: 1,
});
export const down = (resource: string, epoch = 1): GroupOrder => ({
  do: "deactivate",
  group: "g",
  resource,
  epoch,
  cause: "stop",
  attempt: 1,
});
export const fence = (budgetMs: number, epoch = 1): GroupOrder => ({ do: "fence", group: "g", epoch, budgetMs });

/** Resources that write down what is done with them; all of them have something for the switch. */
export function recording(
  said: string[],
  names: string[],
  more: Partial<ResourceConfig["plugin"]> = {},
): ResourceConfig[] {
  return names.map((name) =>
    resource(name, {
      activate: ({ reason, epoch }) => Promise.resolve(void said.push(`up ${name} ${reason} ${epoch}`)),
      deactivate: ({ reason }) => Promise.resolve(void said.push(`down ${name} ${reason}`)),
      guard: () => Promise.resolve([["off", name]]),
      address: name.startsWith("ip"),
      ...more,
    })
  );
}

/** Runs until it is told to end, and then for as long as it likes. */
export const stubborn = (ms: number, then: () => void = () => {}) => () => {
  const work = sleep(ms).then(then).finally(() => running.delete(work));
  running.add(work);
  return work;
};
const running = new Set<Promise<void>>();
