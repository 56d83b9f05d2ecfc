/**
 * The contexts in which the plugins of one agent are called.
 *
 * @module
 */
import type { Ec2 } from "../aws/ec2.ts";
import { createEc2 } from "../aws/ec2_client.ts";
import { Ec2Sdk } from "../aws/ec2_sdk.ts";
import type { Imds } from "../aws/imds.ts";
import { createImds } from "../aws/imds_client.ts";
import type { Ec2Inspection } from "../aws/inspection.ts";
import { createInspection } from "../aws/inspection_client.ts";
import type { AwsConfig, PerServer } from "../config/config.ts";
import type { Os } from "../os/os.ts";
import type { PluginState } from "../plugin/helpers.ts";
import { plainText } from "../plugin/plain_text.ts";
import { memoryState } from "../plugin/state.ts";
import { StartOutputs } from "./start_output.ts";
import { createContext, fenceContext } from "../plugin/context.ts";
import type { FenceContext, PluginContext, PluginLog, PreflightContext } from "../plugin/contract.ts";

/** What a context is for. */
export interface Subject {
  name: string;
  options: PerServer;
  group?: string;
  /** Of the group. */
  servers?: readonly string[];
}

/** Makes contexts; holds what they share. */
export class Contexts {
  readonly #sdk: Ec2Sdk;
  readonly #imds: Imds;
  readonly #states = new Map<string, PluginState>();
  /** What the programs of activations have printed. */
  readonly starts = new StartOutputs();

  constructor(
    readonly server: string,
    readonly os: Os,
    private readonly aws: AwsConfig,
    private readonly logs: (name: string) => PluginLog,
    /** Milliseconds that the permit of a group still lasts. */
    readonly permitLeftMs: (group: string) => number,
  ) {
    this.#imds = createImds({ endpoint: aws.way?.instead?.imds });
    this.#sdk = new Ec2Sdk({
      callTimeoutMs: aws.callTimeoutMs,
      imds: this.#imds,
      ...(aws.way === undefined ? {} : { way: aws.way }),
      ...(aws.region === undefined ? {} : { region: aws.region }),
    });
  }

  of(subject: Subject, signal: AbortSignal): PluginContext {
    const { name, group } = subject;
    return createContext({
      options: { ...subject.options.get(this.server) },
      name,
      server: this.server,
      ...(group === undefined ? {} : { group }),
      ...(subject.servers === undefined ? {} : { servers: subject.servers }),
      signal,
      log: this.#log(name),
      os: this.os,
      ec2: () => Promise.resolve(this.#ec2(group)),
      imds: this.#imds,
      ...(this.aws.way === undefined ? {} : { way: this.aws.way }),
      state: this.#stateOf(name),
      ...(group === undefined ? {} : { permitRemainingMs: () => this.permitLeftMs(group) }),
    });
  }

  /** The context of a fence on this server. Its EC2 may stop instances, which nobody else's may. */
  fence(subject: Subject, target: string, signal: AbortSignal): FenceContext {
    const context = {
      ...this.of(subject, signal),
      ec2: () => Promise.resolve(createEc2(this.#sdk, { fence: true })),
    };
    return fenceContext(context, target, { ...subject.options.get(target) });
  }

  /** The context of a preflight: the permit of its EC2 has ended for ever, so that nothing is changed by it. */
  preflight(
    subject: Subject & Pick<PreflightContext, "below">,
    thorough: boolean,
    signal: AbortSignal,
  ): PreflightContext {
    return {
      ...this.of(subject, signal),
      ec2: () => Promise.resolve(createEc2(this.#sdk, { permitRemainingMs: () => 0 })),
      permitRemainingMs: () => 0,
      everywhere: subject.options,
      ...(subject.below === undefined ? {} : { below: subject.below }),
      thorough,
      inspect: () => Promise.resolve(this.inspection()),
    };
  }

  /**
   * Loads the SDK and fetches the credentials, which takes this machine's time and not AWS's: what is asked afterwards
   * has its deadline for itself. Never rejects; where it fails, whoever asks is told why.
   */
  async warmUp(signal: AbortSignal): Promise<void> {
    await this.#sdk.prepare(signal).catch(() => {});
  }

  /** EC2 for questions only. */
  inspection(): Ec2Inspection {
    return createInspection(this.#sdk);
  }

  get imds(): Imds {
    return this.#imds;
  }

  close(): void {
    this.#sdk.close();
  }

  #log(name: string): PluginLog {
    const { debug, info, warn } = this.logs(name);
    return {
      debug: (text) => debug(plainText(String(text))),
      info: (text) => info(plainText(String(text))),
      warn: (text) => warn(plainText(String(text))),
    };
  }

  /** What built-in types keep; drop-ins keep theirs in their own folder. */
  #stateOf(name: string): PluginState {
    let state = this.#states.get(name);
    if (state === undefined) this.#states.set(name, state = memoryState());
    return state;
  }

  #ec2(group: string | undefined): Ec2 {
    return createEc2(this.#sdk, group === undefined ? {} : { permitRemainingMs: () => this.permitLeftMs(group) });
  }
}
