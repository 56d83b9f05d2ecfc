/**
 * One attempt to stop an instance and to be sure of it.
 *
 * What EC2 shows of an instance may be older than its latest change, so a read alone never confirms: a server that was
 * started a moment ago could still be shown as stopped. The answer to a stop is never old, and stopping what is stopped
 * does no harm. So every confirmation is a read that was asked after EC2 had taken a stop; only `terminated` needs none,
 * because nothing comes back from there.
 *
 * @module
 */
import { classify, isForbidden } from "../../core/aws/failure.ts";
import type { Ec2, InstanceState } from "../../core/aws/ec2.ts";
import type { FenceContext } from "../../core/plugin/contract.ts";
import { pause } from "../../core/plugin/deadline.ts";
import { Fault, FAULT_CODES } from "../../core/plugin/fault.ts";
import { type AwsStopOptions, unknownInstance } from "./aws_instances.ts";

/** After this, an instance that is still on its way is told once more: that is how one that is stuck is got off. */
const AGAIN_MS = 60_000;
/** Bound of the looks; the deadline comes long before. */
const MAX_LOOKS = 100_000;

/** One attempt. */
export class AwsShot {
  readonly #instance: string;
  readonly #startedMs = performance.now();
  #looks = 0;
  /** EC2 has taken a stop. */
  #told = false;
  /** It is not told again before this. */
  #nextTellMs = -Infinity;
  /** Reads were caught at showing an old state: `stopped` counts again once they have shown another. */
  #stale = false;
  #cannotSkip = false;
  /** It was off before it was told to: nothing to wait for, one read more and that is certain. */
  #lookAtOnce = false;
  /** What the latest look saw. */
  #seen = "";
  /** Why the latest look saw nothing. */
  #trouble: Fault | undefined;

  constructor(
    private readonly ec2: Ec2,
    private readonly context: FenceContext<AwsStopOptions>,
    private readonly againMs = AGAIN_MS,
  ) {
    this.#instance = context.targetOptions.instance;
  }

  /** Resolves with how it is known that the instance is off. Throws a `Fault` when that can't be made sure in time. */
  async confirmed(): Promise<string> {
    const { signal, options } = this.context;
    try {
      while (this.#looks++ < MAX_LOOKS) {
        const proof = await this.#lookPatiently();
        if (proof !== undefined) return proof;
        if (!this.#lookAtOnce) await pause(options.pollInterval, signal);
        this.#lookAtOnce = false;
      }
    } catch (error) {
      throw signal.aborted ? this.#tooLate(signal.reason) : error;
    }
    throw this.#tooLate(new Error(`it was looked at ${MAX_LOOKS} times`));
  }

  /** What may be better in a moment costs a look, not the attempt. */
  async #lookPatiently(): Promise<string | undefined> {
    try {
      const proof = await this.#look();
      this.#trouble = undefined;
      return proof;
    } catch (error) {
      if (this.context.signal.aborted || !(error instanceof Fault) || !passes(error)) throw error;
      if (this.#trouble?.message !== error.message) this.context.log.warn(`it goes on looking: ${error.message}`);
      this.#trouble = error;
      return undefined;
    }
  }

  async #look(): Promise<string | undefined> {
    const state = await this.#read();
    await this.#spareWhoIsShotAt();
    if (state === null) return undefined;
    this.#seen = state.name;
    if (state.name !== "stopped") this.#stale = false;
    if (state.name === "terminated" || (state.name === "stopped" && this.#told && !this.#stale)) {
      return `${this.#instance} is ${state.name}${state.reason === "" ? "" : ` (${state.reason})`}`;
    }
    if (this.#isDue(state)) await this.#tell(state);
    return undefined;
  }

  /** Null: it was there before, so EC2 only does not show it at the moment. */
  async #read(): Promise<InstanceState | null> {
    const { signal, target } = this.context;
    const state = await this.ec2.instanceState(this.#instance, { signal });
    if (state === null && this.#seen === "") throw unknownInstance(this.#instance, target);
    return state;
  }

  /** Both sides of a partition may shoot. Who is hit already does not hit back: one of the two has to survive. */
  async #spareWhoIsShotAt(): Promise<void> {
    const { options, server, target, signal } = this.context;
    const own = await this.ec2.instanceState(options.instance, { signal });
    if (own?.name === "running") return;
    if (own === null) throw unknownInstance(options.instance, server);
    throw new Fault(
      FAULT_CODES.requestFailed,
      `${target} is not stopped by ${server}, whose own instance ${options.instance} is ${own.name}: ` +
        "who is being stopped stops nobody",
    );
  }

  #isDue({ name }: InstanceState): boolean {
    const nowMs = performance.now();
    if (name === "shutting-down") return false;
    if (name === "stopped" && !this.#told) return true;
    // Somebody else has told it: it gets the time that it would have got from us.
    if (name === "stopping" && this.#nextTellMs === -Infinity) this.#nextTellMs = nowMs + this.againMs;
    return nowMs >= this.#nextTellMs;
  }

  async #tell(seen: InstanceState): Promise<void> {
    const { options, signal, log, target } = this.context;
    const skip = options.skipOsShutdown !== "never" && !this.#cannotSkip;
    const answer = await this.ec2.stopInstance(this.#instance, { force: true, skipOsShutdown: skip }, { signal });
    if (answer.kind === "skip-refused") {
      if (options.skipOsShutdown === "always") {
        throw new Fault(
          FAULT_CODES.requestFailed,
          `${this.#instance} of ${target} can't be stopped without asking its operating system: ${answer.message}`,
          { remedy: "set skipOsShutdown to auto" },
        );
      }
      log.info(`${this.#instance} is stopped with a shutdown of its operating system: ${answer.message}`);
      this.#cannotSkip = true;
      return await this.#tell(seen);
    }
    if (answer.kind !== "accepted") throw new Fault(FAULT_CODES.internal, "EC2 took a stop for a dry run");
    this.#told = true;
    this.#nextTellMs = performance.now() + this.againMs;
    this.#lookAtOnce = answer.previous === "stopped";
    const ran = answer.previous === "running" || answer.previous === "pending";
    if (seen.name === "stopped" && ran) this.#stale = true;
    log.info(`${this.#instance} of ${target} was ${answer.previous} and is told to stop`);
  }

  #tooLate(reason: unknown): Fault {
    if (reason instanceof Fault) return reason;
    const { target, server } = this.context;
    const why = reason instanceof Error ? reason.message : String(reason);
    const tookS = Math.round((performance.now() - this.#startedMs) / 1_000);
    const state = this.#seen === "" ? "its state could not be read" : `it was last seen ${this.#seen}`;
    const told = this.#told ? "EC2 has taken the stop" : `${server} could not tell EC2 to stop it`;
    const trouble = this.#trouble === undefined ? "" : `; ${this.#trouble.message}`;
    return new Fault(
      FAULT_CODES.timeout,
      `${this.#instance} of ${target} is not known to be off after ${tookS} s (${why}): ${told}, ${state}${trouble}`,
      {
        uncertain: true,
        remedy: this.#trouble?.remedy || "give the fence a longer timeout if its instances take longer to stop",
        cause: reason,
      },
    );
  }
}

/** Throttled, unanswered, or overtaken by a change of the state: worth another look. */
function passes(fault: Fault): boolean {
  if (isForbidden(fault)) return false;
  return fault.uncertain || classify(fault.cause).code === "IncorrectInstanceState";
}
