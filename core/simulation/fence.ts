/**
 * What stops a server from outside: the cloud's power switch. A shot that was sent is carried out whatever becomes of who
 * sent it; two that shoot at each other can both fall.
 *
 * @module
 */
import type { Command } from "../cluster/events.ts";
import type { Machine } from "./machine.ts";
import type { Random } from "./random.ts";
import { Reach } from "./reach.ts";
import type { World } from "./world.ts";

/** What becomes of shots. */
export interface FenceManners {
  /** From the order until the request leaves the server, and from then until the target is off. */
  sendMs: [number, number];
  stopMs: [number, number];
  /** Share that is refused. */
  fails: number;
  /** Share that stops the target only after the shooter has given up, and how long after the order. */
  slow: number;
  slowMs: [number, number];
  /** Share whose answer is lost after the target was stopped. */
  answerLost: number;
  /** How long after the target was off the shooter hears of it: by then it may run again. */
  answerMs: [number, number];
  /** After this the shooter gives up. */
  deadlineMs: number;
  /** Who is being stopped itself is refused, as EC2's own state tells `aws-stop` to. Left out: only who is off. */
  spares?: boolean;
}

/** A fence that works. */
export const SURE: FenceManners = {
  sendMs: [1, 10],
  stopMs: [200, 1_500],
  fails: 0,
  slow: 0,
  slowMs: [0, 0],
  answerLost: 0,
  answerMs: [0, 0],
  deadlineMs: 10_000,
};

/** The power switch of all servers. */
export class Fence extends Reach {
  manners: FenceManners = { ...SURE };
  /** Servers that were really stopped by it so far. */
  stopped = 0;
  /** Shots that are still to be carried out. */
  pending = 0;
  /** Servers that are on their way down, and how often. */
  readonly #stopping = new Map<string, number>();
  readonly #randoms = new Map<string, Random>();

  constructor(private readonly world: World) {
    super();
  }

  /** Carries out an order of `machine`. */
  shoot(machine: Machine, { server, request }: Extract<Command, { do: "shoot" }>): void {
    const { world, manners } = this;
    let random = this.#randoms.get(machine.name);
    if (!random) this.#randoms.set(machine.name, random = world.streams(`fence ${machine.name}`));
    const kind = random.next();
    const sendMs = random.between(...manners.sendMs);
    const stopMs = random.between(...manners.stopMs);
    const slowMs = random.between(...manners.slowMs);
    const answerMs = random.between(...manners.answerMs);
    const { life } = machine;
    const answer = (inMs: number, stopped: boolean, message: string) => {
      world.after(inMs, () => {
        if (machine.life === life) machine.deliver({ type: "shot", server, request, stopped, message });
      });
    };
    const giveUp = () => answer(manners.deadlineMs - sendMs, false, `${server} was not off in time`);
    world.after(sendMs, () => {
      // Whoever has been stopped meanwhile does not shoot any more.
      if (machine.life !== life) return;
      const { fails, slow, answerLost } = manners;
      if (!this.reachedBy(machine.name)) return giveUp();
      if (manners.spares && (this.#stopping.get(machine.name) ?? 0) > 0) {
        return answer(0, false, `${machine.name} is being stopped itself, and who is being stopped stops nobody`);
      }
      if (kind < fails) return answer(stopMs, false, "the request was refused");
      if (kind < fails + slow) {
        this.#stopLater(server, Math.max(manners.deadlineMs, slowMs) - sendMs);
        return giveUp();
      }
      this.#stopLater(server, stopMs);
      if (kind < fails + slow + answerLost) return giveUp();
      answer(stopMs + answerMs, true, `${server} is stopped`);
    });
  }

  #stopLater(server: string, inMs: number): void {
    this.pending += 1;
    this.#stopping.set(server, (this.#stopping.get(server) ?? 0) + 1);
    this.world.after(inMs, () => {
      this.pending -= 1;
      this.#stopping.set(server, (this.#stopping.get(server) ?? 1) - 1);
      this.#stop(server);
    });
  }

  #stop(server: string): void {
    const target = this.world.machines.find(({ name }) => name === server);
    if (!target) return;
    if (target.powered) this.world.note(target, "The machine is stopped from outside.");
    this.stopped += 1;
    target.crash();
    this.world.restartLater(target);
  }
}
