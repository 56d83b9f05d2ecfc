/** Faults of what the servers use: the witness, the fence, and the cloud's routes. */
import type { Random } from "../../core/simulation/random.ts";
import type { Draft } from "./draft.ts";
import type { Kind } from "./kinds.ts";

/** Draws what happens to the services of one kind of cluster. */
export class ServiceFaults {
  constructor(
    private readonly kind: Kind,
    private readonly cloud: boolean,
    private readonly servers: readonly string[],
    private readonly groups: readonly string[],
    private readonly random: Random,
    private readonly draft: Draft,
  ) {}

  /** Those there are. */
  get all(): (() => void)[] {
    const all: (() => void)[] = [];
    if (this.kind.includes("witness")) {
      all.push(
        () => this.#reach("witness"),
        () => this.#witness(),
        () => this.#outage(),
        () => this.draft.act("delete-record", { group: this.random.pick(this.groups) }),
      );
    }
    if (this.kind.includes("fence")) all.push(() => this.#reach("fence"), () => this.#fence());
    if (this.cloud) all.push(() => this.#reach("cloud"), () => this.#routes());
    return all;
  }

  #reach(what: "witness" | "fence" | "cloud"): void {
    const { random } = this;
    const some = this.servers.filter(() => random.chance(0.5));
    this.draft.act("reach", { what, servers: some.length === 0 ? "none" : some.join(",") });
  }

  #witness(): void {
    const share = () => this.#share(0.3);
    this.draft.act("witness", {
      latency: [1, this.draft.between(5, 600)],
      lost: share(),
      throttled: share(),
      slow: share(),
      "slow-by": [1_000, 9_000],
      "reply-lost": share(),
      stale: share(),
    });
  }

  #outage(): void {
    this.draft.act("witness", { outage: true });
    this.draft.act("witness", {}, this.draft.between(200, 8_000));
  }

  #fence(): void {
    this.draft.act("fence", {
      stop: [100, this.draft.between(200, 6_000)],
      fails: this.#share(0.5),
      slow: this.#share(0.3),
      "slow-by": [10_000, 14_000],
      "answer-lost": this.#share(0.4),
      answer: this.random.chance(0.5) ? undefined : [0, this.draft.between(10, 3_000)],
      deadline: this.draft.between(1_500, 10_000),
    });
  }

  #routes(): void {
    this.draft.act("cloud", {
      latency: [5, this.draft.between(20, 1_500)],
      throttled: this.#share(0.4),
      "reply-lost": this.#share(0.3),
      late: this.#share(0.3),
      "late-by": [100, 6_000],
    });
  }

  #share(most: number): number | undefined {
    return this.random.chance(0.5) ? undefined : this.draft.between(0, most);
  }
}
