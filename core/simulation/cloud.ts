/**
 * The cloud's routes: where clients really end up. An address is activated by a request that points its route to the
 * server; requests can be refused, lost, answered by nobody, or land late. Monitors look at what the cloud says.
 *
 * @module
 */
import type { MonitorSpec } from "../cluster/spec.ts";
import type { Machine } from "./machine.ts";
import type { Random } from "./random.ts";
import { Reach } from "./reach.ts";
import type { World } from "./world.ts";

/** What becomes of requests. The shares exclude each other, in this order. */
export interface CloudManners {
  latencyMs: [number, number];
  /** Share that is refused at once. */
  throttled: number;
  /** Share whose answer is lost after the route was changed. */
  replyLost: number;
  /** Share that lands only after the server has given up, and how long after that. */
  late: number;
  lateMs: [number, number];
  /** After this a server gives up on a request. */
  deadlineMs: number;
}

/** A cloud in good health. */
export const PUNCTUAL: CloudManners = {
  latencyMs: [20, 200],
  throttled: 0,
  replyLost: 0,
  late: 0,
  lateMs: [0, 0],
  deadlineMs: 1_000,
};

/** Between two looks of a monitor, in milliseconds. */
const LOOK_MS = 1_000;
/** The guide's code for a route that was changed. */
const ROUTE_CHANGED = 8;

/** All routes. */
export class Cloud extends Reach {
  manners: CloudManners = { ...PUNCTUAL };
  /** Address resource -> the server that its route points to. */
  readonly #routes = new Map<string, string>();
  /** Changes of routes that are still to land. */
  pending = 0;
  readonly #randoms = new Map<string, Random>();

  constructor(private readonly world: World) {
    super();
  }

  /** Where the route of an address points to; undefined before the first change. */
  route(resource: string): string | undefined {
    return this.#routes.get(resource);
  }

  /**
   * Sends the request that points the route to `machine`. Whoever calls has looked at the permit: from here on it can't be
   * called back. `done` hears what the server hears, undefined for success.
   */
  point(machine: Machine, resource: string, done: (problem?: string) => void): void {
    const { world, manners } = this;
    const random = this.#random(machine.name);
    const kind = random.next();
    const latencyMs = random.between(...manners.latencyMs);
    const lateMs = random.between(...manners.lateMs);
    const { throttled, replyLost, late, deadlineMs } = manners;
    const land = () => {
      this.pending -= 1;
      this.#routes.set(resource, machine.name);
      world.note(machine, `The route of ${resource} points to ${machine.name}.`);
    };
    const giveUp = () => world.after(deadlineMs, () => done("the request timed out"));
    if (!this.reachedBy(machine.name)) return giveUp();
    if (kind < throttled) return world.after(latencyMs, () => done("the request rate is limited"));
    this.pending += 1;
    if (kind < throttled + replyLost) {
      world.after(latencyMs / 2, land);
      return giveUp();
    }
    if (kind < throttled + replyLost + late) {
      world.after(deadlineMs + lateMs, land);
      return giveUp();
    }
    world.after(latencyMs / 2, () => {
      land();
      world.after(latencyMs / 2, () => done());
    });
  }

  /** Looks at the route for a monitor of `machine`, again and again, as long as the monitor runs. */
  watch(machine: Machine, monitor: MonitorSpec): void {
    const { target } = monitor.recovery;
    if (target.kind !== "resource") return;
    const { resource } = target;
    const { life } = machine;
    const random = this.#random(machine.name);
    const running = () => machine.life === life && machine.monitors.has(monitor.name);
    const look = () => {
      if (!running()) return;
      const tookMs = random.between(...this.manners.latencyMs);
      const refused = random.chance(this.manners.throttled) || !this.reachedBy(machine.name);
      this.world.after(LOOK_MS, look);
      this.world.after(tookMs, () => {
        if (!running()) return;
        const verdict = refused
          ? { status: "unknown" as const, message: "the cloud did not answer" }
          : this.#routes.get(resource) === machine.name
          ? { status: "normal" as const, message: "the route points here" }
          : { status: "error" as const, code: ROUTE_CHANGED, message: `the route of ${resource} points elsewhere` };
        machine.deliver({ type: "verdict", monitor: monitor.name, verdict });
      });
    };
    this.world.after(random.between(0, LOOK_MS), look);
  }

  #random(server: string): Random {
    let random = this.#randoms.get(server);
    if (!random) this.#randoms.set(server, random = this.world.streams(`cloud ${server}`));
    return random;
  }
}
