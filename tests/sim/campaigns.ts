/**
 * Faults with an intention. Some rules of the engine only matter when three or four things go wrong in one order within a
 * second, which blind chance takes too long to find. Each campaign sets the stage for one such rule and leaves the exact
 * moments to the seed. For three or five servers without a tie-breaker; all within what the engine promises to survive. Who plays
 * which part is known when the history has come so far: see `core/simulation/cast.ts`.
 */
import type { Timing } from "../../core/cluster/timing.ts";
import type { Random } from "../../core/simulation/random.ts";
import type { Draft } from "./draft.ts";

/** Before the first, and from one to the next, with room for the cluster to settle, in milliseconds. */
export const FIRST_CAMPAIGN_MS = 4_000;
export const CAMPAIGN_MS = 18_000;

/** The campaigns of one history. */
export class Campaigns {
  constructor(
    private readonly timing: Timing,
    private readonly random: Random,
    private readonly draft: Draft,
    /** Three or five. */
    private readonly servers: number,
  ) {}

  /** Something to do now, whatever the history has come to. */
  get all(): (() => void)[] {
    const ofFive = [() => this.#secondHandVote(), () => this.#votePassedOn()];
    const ofThree = [
      () => this.#lonelyVote(),
      () => this.#forgetfulVoter(),
      () => this.#returnedVote(),
      () => this.#deafClaimant(),
      () => this.#sleepAtTheEnd(),
      () => this.#staleYes(),
      () => this.#repeatedSerial(),
      () => this.#ghost(),
      () => this.#restartedVoter(),
      () => this.#hangingStop(),
    ];
    return (this.servers === 5 ? ofFive : ofThree).map((campaign) => () => {
      this.#raise();
      campaign();
    });
  }

  /** All is well and everybody is there; the parts are given out. */
  #raise(): void {
    this.draft.act("heal");
    this.draft.act("start", { server: "all" });
    this.draft.act("cast", { pick: this.random.next() });
  }

  /** Only the friend still hears the carrier; then it hears nothing either, and leaves its vote to the rival. */
  #lonelyVote(): void {
    const atMs = this.timing.takeoverMs + this.draft.between(0, 500);
    this.#part("@carrier", "@rival", 0);
    this.#part("@carrier", "@friend", atMs);
    this.draft.act("leave", { server: "@friend" }, atMs + this.timing.permitMs + this.draft.between(0, 200));
  }

  /** The friend loses its memory, and the carrier's voice, at the same moment. */
  #forgetfulVoter(): void {
    const atMs = this.timing.takeoverMs + this.draft.between(0, 500);
    this.#part("@carrier", "@rival", 0);
    this.draft.act("lose-disk", { server: "@friend" }, atMs);
    this.#part("@carrier", "@friend", atMs);
    this.draft.act("start", { server: "@friend" }, atMs + this.draft.between(10, 100));
  }

  /** A carrier that is cut off, and whose resources don't stop in time. */
  #hangingStop(): void {
    const { draft } = this;
    draft.act("manners", { server: "@carrier", fence: [2, 4] });
    this.#part("@carrier", "@friend", draft.between(0, 300));
    this.#part("@carrier", "@rival", draft.between(0, 300));
    draft.act("start", { server: "@carrier" }, 2 * this.timing.takeoverMs);
    draft.act("manners", { server: "@carrier" }, 2 * this.timing.takeoverMs);
  }

  /** The friend is restarted, and does not hear the carrier any more whose heartbeat it confirmed a moment before. */
  #restartedVoter(): void {
    const { draft } = this;
    const atMs = this.timing.takeoverMs + draft.between(0, 500);
    this.#part("@carrier", "@rival", 0);
    draft.act("crash", { server: "@friend" }, atMs);
    this.#part("@carrier", "@friend", atMs);
    draft.act("start", { server: "@friend" }, atMs + draft.between(10, 100));
  }

  /**
   * The friend leaves and returns while the carrier keeps its vote. Then the carrier is gone, the friend loses its memory,
   * and leaves its vote to the next carrier: as far as it knows, for the first time. Both come back, and the former carrier
   * still says that this first time is over.
   */
  #repeatedSerial(): void {
    const { draft } = this;
    draft.act("crash", { server: "@rival" });
    draft.act("leave", { server: "@friend" }, 1_500);
    draft.act("start", { server: "@rival" }, 2_300);
    draft.act("start", { server: "@friend" }, 2_300);
    draft.act("crash", { server: "@carrier" }, 4_000);
    draft.act("lose-disk", { server: "@friend" }, 8_000);
    draft.act("start", { server: "@friend" }, 8_000);
    draft.act("leave", { server: "@friend" }, 11_300);
    draft.act("start", { server: "@carrier" }, 12_600);
    draft.act("start", { server: "@friend" }, 12_600);
    const atMs = 12_600 + draft.between(0, 300);
    this.#part("@rival", "@carrier", atMs);
    this.#part("@rival", "@friend", atMs);
  }

  /** A vote that the carrier held comes back to a server that then loses the carrier. */
  #returnedVote(): void {
    const { draft } = this;
    const atMs = this.timing.takeoverMs + 500;
    draft.act("crash", { server: "@rival" });
    draft.act("leave", { server: "@friend" }, atMs);
    draft.act("start", { server: "@rival" }, atMs + 1_500);
    draft.act("start", { server: "@friend" }, atMs + 1_500);
    const partMs = atMs + 1_500 + draft.between(0, 300);
    this.#part("@carrier", "@rival", partMs);
    this.#part("@carrier", "@friend", partMs);
  }

  /** Two claim a group that has just been freed; one of them does not hear that the other got it. */
  #deafClaimant(): void {
    const { draft } = this;
    this.#ask("@friend", "stop", 0);
    this.#part("@carrier", "@rival", 500);
    const freeMs = 500 + this.timing.permitMs + draft.between(50, 300);
    this.#ask("@friend", "start", freeMs);
    const deafMs = freeMs + draft.between(0.5, 4);
    draft.act("cut", { from: "@friend", to: "@rival" }, deafMs);
    draft.act("mend", { from: "@friend", to: "@rival" }, deafMs + draft.between(600, 1_300));
  }

  /** A server is cut off while it activates, and sleeps through the end of its permit; an answer waits when it wakes. */
  #sleepAtTheEnd(): void {
    const { draft } = this;
    const { permitMs, pauseMs } = this.timing;
    draft.act("manners", { server: "@friend", activate: [permitMs - 200, permitMs + 200] });
    draft.act("ask", { server: "@carrier", op: "move", group: "@group", to: "@friend" });
    const atMs = draft.between(60, 260);
    this.#part("@friend", "@carrier", atMs);
    this.#part("@friend", "@rival", atMs);
    const sleepMs = atMs + permitMs - draft.between(50, 350);
    draft.act("pause", { server: "@friend", for: pauseMs, "events-first": true }, sleepMs);
    draft.act("manners", { server: "@friend" }, atMs + 2 * permitMs);
  }

  /** Late packets still say yes to the epoch before, while the carrier, stopped and started, asks for the next one. */
  #staleYes(): void {
    const { draft } = this;
    draft.act("weather", { delay: [200, 700] });
    const clearMs = draft.between(200, 300);
    draft.act("weather", {}, clearMs);
    draft.act("cut", { from: "@friend", to: "@carrier" }, clearMs);
    draft.act("cut", { from: "@rival", to: "@carrier" }, clearMs);
    this.#ask("@carrier", "stop", clearMs);
    const againMs = clearMs + draft.between(20, 120);
    this.#ask("@friend", "start", againMs);
    this.#part("@carrier", "@friend", againMs);
    this.#part("@carrier", "@rival", againMs);
    this.#ask("@carrier", "start", againMs);
  }

  /** Late packets of a process that is gone say that it has nothing, while its successor has just been given the group. */
  #ghost(): void {
    const { draft } = this;
    this.#ask("@friend", "stop", 0);
    draft.act("weather", { delay: [900, 1_500] }, 600);
    const clearMs = 820 + draft.between(0, 100);
    draft.act("weather", {}, clearMs);
    draft.act("kill", { server: "@carrier" }, clearMs);
    draft.act("start", { server: "@carrier" }, clearMs + 10);
    draft.act(
      "ask",
      { server: "@friend", op: "move", group: "@group", to: "@carrier" },
      clearMs + draft.between(300, 600),
    );
  }

  /**
   * The friend leaves its vote to the carrier, and the group goes to the rival. The friend gets its vote back without
   * hearing the rival, and meets two servers that have not heard it for long either.
   */
  #secondHandVote(): void {
    const { draft } = this;
    for (const server of ["@fourth", "@fifth"]) draft.act("crash", { server });
    const leaveMs = this.timing.takeoverMs + 500;
    draft.act("leave", { server: "@friend" }, leaveMs);
    draft.act("ask", { server: "@carrier", op: "move", group: "@group", to: "@rival" }, leaveMs + 1_300);
    const partMs = leaveMs + 2_500;
    for (const server of ["@fourth", "@fifth"]) {
      this.#part("@carrier", server, partMs);
      this.#part("@rival", server, partMs);
      draft.act("start", { server }, partMs);
    }
    this.#part("@rival", "@friend", partMs);
    draft.act("start", { server: "@friend" }, partMs + this.timing.takeoverMs + draft.between(50, 600));
  }

  /** A vote goes from the friend to the carrier and on to the rival, while the friend still says that it gives it away. */
  #votePassedOn(): void {
    const { draft } = this;
    for (const server of ["@fourth", "@fifth"]) draft.act("crash", { server });
    const leaveMs = this.timing.takeoverMs + 500;
    draft.act("leave", { server: "@friend" }, leaveMs);
    draft.act("leave", { server: "@carrier" }, leaveMs + draft.between(10, 170));
    draft.act("start", { server: "@carrier" }, leaveMs + 2_000);
    for (const server of ["@fourth", "@fifth"]) draft.act("start", { server }, leaveMs + 3_000);
    const partMs = leaveMs + 5_000;
    for (const left of ["@carrier", "@fourth"]) {
      for (const right of ["@rival", "@fifth"]) this.#part(left, right, partMs);
    }
  }

  #part(a: string, b: string, inMs: number): void {
    this.draft.act("cut", { from: a, to: b }, inMs);
    this.draft.act("cut", { from: b, to: a }, inMs);
  }

  #ask(server: string, op: "start" | "stop", inMs: number): void {
    this.draft.act("ask", { server, op, group: "@group" }, inMs);
  }
}
