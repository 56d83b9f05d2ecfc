/**
 * How calls are sent: with deadlines and retries, and those that change something only under the permit of the caller.
 *
 * @module
 */
import { abandonedFault, type AwsCall, awsFault } from "./aws_fault.ts";
import { withDeadline } from "./deadline.ts";
import type { Ec2Sdk, LoadedSdk } from "./ec2_sdk.ts";
import { requirePermit } from "./permit.ts";
import { type RetryPlan, withRetries } from "./retry.ts";

/** Sends one request. */
export type Send<T> = (loaded: LoadedSdk, signal: AbortSignal) => Promise<T>;
/** The same; `guard` is for `guarded`, which looks at the permit right before the socket. */
export type GuardedSend<T> = (loaded: LoadedSdk, signal: AbortSignal, guard: () => void) => Promise<T>;

/** Sends calls over the shared client for one caller. Each failure is a `Fault`. */
export class Ec2Calls {
  constructor(
    private readonly sdk: Ec2Sdk,
    /** Milliseconds until the permit of the caller ends; undefined: there is none to mind. */
    private readonly permitRemainingMs: (() => number) | undefined,
  ) {}

  /** Calls that may be repeated freely: reads, and what is addressed by an id that nobody else can have. */
  read<T>(call: AwsCall, signal: AbortSignal, send: Send<T>): Promise<T> {
    return this.#run(call, signal, { budgetMs: this.sdk.settings.callTimeoutMs, mutating: false }, send);
  }

  /** Calls that change something without a permit; only sent again when they surely were not. */
  once<T>(call: AwsCall, signal: AbortSignal, send: Send<T>): Promise<T> {
    return this.#run(call, signal, { budgetMs: this.sdk.settings.callTimeoutMs, mutating: true }, send);
  }

  /** Calls that must not take effect after the permit. */
  async mutate<T>(call: AwsCall, signal: AbortSignal, send: GuardedSend<T>): Promise<T> {
    const guard = () => void requirePermit(call, this.permitRemainingMs);
    const budgetMs = Math.min(this.sdk.settings.callTimeoutMs, requirePermit(call, this.permitRemainingMs));
    return await this.#run(call, signal, { budgetMs, mutating: true }, (loaded, within) => {
      guard();
      return send(loaded, within, guard);
    });
  }

  async #run<T>(call: AwsCall, signal: AbortSignal, plan: RetryPlan, send: Send<T>): Promise<T> {
    let located: AwsCall = call;
    try {
      const startedAt = performance.now();
      const loaded = await withDeadline(signal, plan.budgetMs, () => this.sdk.load());
      located = { ...call, endpoint: `the EC2 endpoint of ${loaded.region}` };
      const leftMs = () => plan.budgetMs - (performance.now() - startedAt);
      await this.sdk.credentials(loaded.client, leftMs(), signal);
      const budgetMs = leftMs();
      return await withRetries({ ...plan, budgetMs }, signal, (within) => send(loaded, within));
    } catch (error) {
      throw signal.aborted ? abandonedFault(signal.reason, located) : awsFault(error, located);
    }
  }
}
