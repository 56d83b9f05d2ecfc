/**
 * Faults with a plan. Some rules of the engine only matter when three or four things go wrong in one order within a
 * second, which blind chance takes too long to find. Each campaign sets the stage for one such rule and leaves the exact
 * moments to the seed. For clusters without a tie-breaker; all within what the engine promises to survive.
 */
import type { Machine } from "./machine.ts";
import type { Random } from "./random.ts";
import type { World } from "./world.ts";

/** Time that a campaign takes, with room for the cluster to settle before the next, in milliseconds. */
export const CAMPAIGN_MS = 18_000;

/** A carrier and two others. */
interface Cast {
  carrier: Machine;
  /** Stays in touch with the carrier the longest. */
  friend: Machine;
  /** Wants the group. */
  rival: Machine;
}

/** The campaigns of one history. */
export class Campaigns {
  constructor(private readonly world: World, private readonly random: Random) {}

  /** Something to do now, whatever the history has come to. */
  get all(): (() => void)[] {
    return [
      () => this.#lonelyVote(),
      () => this.#forgetfulVoter(),
      () => this.#returnedVote(),
      () => this.#deafClaimant(),
      () => this.#sleepAtTheEnd(),
      () => this.#staleYes(),
      () => this.#repeatedSerial(),
    ];
  }

  /** Only the friend still hears the carrier; then it hears nothing either, and leaves its vote to the rival. */
  #lonelyVote(): void {
    const { world, random } = this;
    const { takeoverMs, permitMs } = world.spec.timing;
    const cast = this.#cast();
    if (!cast) return;
    this.#part(cast.carrier, cast.rival);
    this.#later(takeoverMs + random.between(0, 500), () => {
      this.#part(cast.carrier, cast.friend);
      this.#later(permitMs + random.between(0, 200), () => this.#leave(cast.friend));
    });
  }

  /** The friend loses its memory, and the carrier's voice, at the same moment. */
  #forgetfulVoter(): void {
    const { world, random } = this;
    const cast = this.#cast();
    if (!cast) return;
    this.#part(cast.carrier, cast.rival);
    this.#later(world.spec.timing.takeoverMs + random.between(0, 500), () => {
      if (!this.#loseDisk(cast.friend)) return;
      this.#part(cast.carrier, cast.friend);
      this.#later(random.between(10, 100), () => cast.friend.start());
    });
  }

  /**
   * The friend leaves and returns while the carrier keeps its vote. Then the carrier is gone, the friend loses its memory,
   * and leaves its vote to the next carrier: as far as it knows, for the first time. Both come back, and the former carrier
   * still says that this first time is over.
   */
  #repeatedSerial(): void {
    const { random } = this;
    const cast = this.#cast();
    if (!cast) return;
    const { carrier, friend, rival } = cast;
    rival.crash();
    this.#later(1_500, () => this.#leave(friend));
    this.#later(2_300, () => {
      rival.start();
      friend.start();
    });
    this.#later(4_000, () => carrier.crash());
    this.#later(8_000, () => {
      if (!this.#loseDisk(friend)) return;
      friend.start();
      this.#later(3_300, () => this.#leave(friend));
      this.#later(4_600, () => {
        carrier.start();
        friend.start();
        this.#later(random.between(0, 300), () => {
          this.#part(rival, carrier);
          this.#part(rival, friend);
        });
      });
    });
  }

  /** Once in a history, and only where no vote is on the move. */
  #loseDisk(machine: Machine): boolean {
    const handover = machine.disk?.handover;
    if (this.world.forgetful || !handover || handover.given !== null) return false;
    if (Object.keys(handover.held).length > 0) return false;
    this.world.forgetful = true;
    machine.crash(false);
    return true;
  }

  /** A vote that the carrier held comes back to a server that then loses the carrier. */
  #returnedVote(): void {
    const { world, random } = this;
    const cast = this.#cast();
    if (!cast) return;
    cast.rival.crash();
    this.#later(world.spec.timing.takeoverMs + 500, () => {
      this.#leave(cast.friend);
      this.#later(1_500, () => {
        cast.rival.start();
        cast.friend.start();
        this.#later(random.between(0, 300), () => {
          this.#part(cast.carrier, cast.rival);
          this.#part(cast.carrier, cast.friend);
        });
      });
    });
  }

  /** Two claim a group that has just been freed; one of them does not hear that the other got it. */
  #deafClaimant(): void {
    const { world, random } = this;
    const cast = this.#cast();
    if (!cast) return;
    const { carrier, friend, rival } = cast;
    const group = this.#groupOf(carrier);
    this.#ask(friend, "stop", group);
    this.#later(500, () => this.#part(carrier, rival));
    this.#later(500 + world.spec.timing.permitMs + random.between(50, 300), () => {
      this.#ask(friend, "start", group);
      this.#later(random.between(0.5, 4), () => {
        world.cut(friend.name, rival.name);
        this.#later(random.between(600, 1_300), () => world.mend(friend.name, rival.name));
      });
    });
  }

  /** A server is cut off while it activates, and sleeps through the end of its permit; an answer waits when it wakes. */
  #sleepAtTheEnd(): void {
    const { world, random } = this;
    const { permitMs, pauseMs } = world.spec.timing;
    const cast = this.#cast();
    if (!cast) return;
    const { carrier, friend, rival } = cast;
    const group = this.#groupOf(carrier);
    friend.manners = { ...friend.manners, activateMs: [permitMs - 200, permitMs + 200] };
    const request = { op: "move", group, to: friend.name, by: "operator" } as const;
    carrier.deliver({ type: "operator", request });
    this.#later(random.between(60, 260), () => {
      this.#part(friend, carrier);
      this.#part(friend, rival);
      this.#later(permitMs - random.between(50, 350), () => friend.pause(pauseMs, true));
      this.#later(2 * permitMs, () => friend.manners = { ...friend.manners, activateMs: [1, 20] });
    });
  }

  /** Late packets still say yes to the epoch before, while the carrier, stopped and started, asks for the next one. */
  #staleYes(): void {
    const { world, random } = this;
    const cast = this.#cast();
    if (!cast) return;
    const { carrier, friend, rival } = cast;
    const group = this.#groupOf(carrier);
    const clear = world.weather;
    world.weather = { ...clear, delayMs: [200, 700] };
    this.#later(random.between(200, 300), () => {
      world.weather = clear;
      world.cut(friend.name, carrier.name);
      world.cut(rival.name, carrier.name);
      this.#ask(carrier, "stop", group);
      this.#later(random.between(20, 120), () => {
        this.#ask(friend, "start", group);
        this.#part(carrier, friend);
        this.#part(carrier, rival);
        this.#ask(carrier, "start", group);
      });
    });
  }

  #cast(): Cast | undefined {
    const { world, random } = this;
    world.heal();
    for (const machine of world.machines) machine.start();
    const carriers = world.machines.filter((machine) => world.spec.groups.some(({ name }) => machine.active(name)));
    if (carriers.length === 0) return undefined;
    const carrier = random.pick(carriers);
    const others = world.machines.filter((machine) => machine !== carrier);
    const friend = random.pick(others);
    const rival = random.pick(others.filter((machine) => machine !== friend));
    return { carrier, friend, rival };
  }

  #groupOf(carrier: Machine): string {
    return this.random.pick(this.world.spec.groups.filter(({ name }) => carrier.active(name))).name;
  }

  #part(a: Machine, b: Machine): void {
    this.world.cut(a.name, b.name);
    this.world.cut(b.name, a.name);
  }

  #leave(machine: Machine): void {
    machine.deliver({ type: "operator", request: { op: "leave", by: "operator" } });
  }

  #ask(machine: Machine, op: "start" | "stop", group: string): void {
    machine.deliver({ type: "operator", request: { op, group, by: "operator" } });
  }

  #later(ms: number, act: () => void): void {
    this.world.after(ms, act);
  }
}
