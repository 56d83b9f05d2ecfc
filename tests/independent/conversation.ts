/**
 * One conversation with an EC2 endpoint: requests, and what must come back. The same script is played to every endpoint,
 * and the expected answers are written once, as the AWS API reference has them. Where moto is known to answer otherwise,
 * its answer is written too, under the name that `docs/ec2-differences.md` explains; so a moto that changes is noticed.
 *
 * @module
 */
import { EC2Client } from "@aws-sdk/client-ec2";
import { inspect, isDeepStrictEqual } from "node:util";
import type { Ec2 } from "../../core/aws/ec2.ts";
import { createEc2 } from "../../core/aws/ec2_client.ts";
import { Ec2Sdk } from "../../core/aws/ec2_sdk.ts";
import { classify } from "../../core/aws/failure.ts";
import { Fault } from "../../core/plugin/fault.ts";
import { REGION } from "./moto.ts";

/** The endpoints that the script is played to. */
export type EndpointName = "sandbox" | "moto";

/** What moto answers instead. */
export interface Difference {
  /** Its name in `docs/ec2-differences.md`. */
  name: string;
  moto: unknown;
}

/** Deadline of a request, in milliseconds. */
const REQUEST_MS = 10_000;
/** Requests that read until something has come about are repeated this often at most. */
const LOOKS = 200;
/** Between two of them, in milliseconds. */
const LOOK_PAUSE_MS = 25;

/** A conversation. Problems are collected, so that one run shows them all. */
export class Conversation {
  /** HTTP requests by action, the set-up included. */
  readonly actions = new Map<string, number>();
  /** Names of differences that were met. */
  readonly differences = new Set<string>();
  /** Answers that were compared. */
  compared = 0;
  readonly problems: string[] = [];
  /** EC2 as plugins get it. */
  readonly ec2: Ec2;
  readonly #sdk = new Ec2Sdk({ callTimeoutMs: REQUEST_MS });
  readonly #names = new Map<string, string>();

  private constructor(readonly endpoint: EndpointName, readonly url: string, readonly client: EC2Client) {
    this.ec2 = createEc2(this.#sdk, { permitRemainingMs: () => REQUEST_MS });
  }

  /**
   * Opens a conversation with the endpoint at `url`. Credentials, and the endpoint of our own client, are those of the
   * environment.
   */
  static async open(endpoint: EndpointName, url: string): Promise<Conversation> {
    const client = new EC2Client({ region: REGION, endpoint: url, maxAttempts: 1 });
    const conversation = new Conversation(endpoint, url, client);
    conversation.#count(client);
    conversation.#count((await conversation.#sdk.load()).client);
    return conversation;
  }

  close(): void {
    this.client.destroy();
    this.#sdk.close();
  }

  /** From now on this id is shown as `<name>` in answers, so that they can be compared. */
  name(id: string | undefined, name: string): string {
    if (!id) throw new Error(`the answer has no id for ${name}`);
    this.#names.set(id, `<${name}>`);
    return id;
  }

  /** A request of the raw SDK whose answer is needed and not in question. */
  async need<Answer>(what: string, answer: Promise<Answer>): Promise<Answer> {
    try {
      return await answer;
    } catch (error) {
      throw new Error(`${this.endpoint}: ${what} is needed for all that follows, but failed: ${error}`, {
        cause: error,
      });
    }
  }

  /**
   * A request of the raw SDK. `see` picks what is compared. A refusal is compared as `CODE STATUS KIND`, where the kind
   * is what Baton makes of it.
   */
  async ask<Answer>(
    title: string,
    answer: Promise<Answer>,
    see: (answer: Answer) => unknown,
    expected: unknown,
    difference?: Difference,
  ): Promise<void> {
    let seen: unknown;
    try {
      seen = see(await answer);
    } catch (error) {
      const failure = classify(error);
      const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
      seen = `${failure.code} ${status ?? (error as Error).message} ${failure.kind}`;
    }
    this.#compare(title, seen, expected, difference);
  }

  /** The same until it answers as expected, for what takes EC2 a while. */
  async askUntil<Answer>(
    title: string,
    request: () => Promise<Answer>,
    see: (answer: Answer) => unknown,
    expected: unknown,
    difference?: Difference,
  ): Promise<void> {
    const wanted = this.#wanted(expected, difference);
    for (let look = 1; look < LOOKS; look++) {
      const seen = await request().then(see, () => undefined);
      if (isDeepStrictEqual(this.plain(seen), wanted)) break;
      await new Promise((resolve) => setTimeout(resolve, LOOK_PAUSE_MS));
    }
    await this.ask(title, request(), see, expected, difference);
  }

  /** A call as plugins make it. A `Fault` is compared as `Fault CODE certain|uncertain: message` up to its id. */
  async call<Answer>(
    title: string,
    action: (ec2: Ec2, options: { signal: AbortSignal }) => Promise<Answer>,
    expected: unknown,
    difference?: Difference,
  ): Promise<void> {
    let seen: unknown;
    try {
      seen = await action(this.ec2, { signal: new AbortController().signal });
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      // Whose request it was differs each time; what AWS said does not.
      const said = error.message.replace(/, request [^)]*\)/, ")");
      seen = `Fault ${error.code} ${error.uncertain ? "uncertain" : "certain"}: ${said}`;
    }
    this.#compare(title, seen, expected, difference);
  }

  /** Ids by their names, in the order of the names; EC2 promises none. */
  sorted(ids: readonly (string | undefined)[] | undefined): string[] {
    return (ids ?? []).map((id) => String(this.plain(id))).sort();
  }

  /** Ids by their names, `undefined` and empty things left out. */
  plain(value: unknown): unknown {
    if (typeof value === "string") {
      let text = value;
      for (const [id, name] of this.#names) text = text.replaceAll(id, name);
      return text;
    }
    if (Array.isArray(value)) return value.map((one) => this.plain(one));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).filter(([, one]) => one !== undefined).map(([key, one]) => [key, this.plain(one)]),
    );
  }

  #wanted(expected: unknown, difference: Difference | undefined): unknown {
    return difference !== undefined && this.endpoint === "moto" ? difference.moto : expected;
  }

  #compare(title: string, seen: unknown, expected: unknown, difference: Difference | undefined): void {
    this.compared += 1;
    if (difference !== undefined) {
      this.differences.add(difference.name);
      if (isDeepStrictEqual(expected, difference.moto)) {
        this.problems.push(`${title}: the difference ${difference.name} is none; both are ${inspect(expected)}`);
      }
    }
    const plain = this.plain(seen);
    const wanted = this.#wanted(expected, difference);
    if (isDeepStrictEqual(plain, wanted)) return;
    const why = difference && this.endpoint === "moto"
      ? ` (the known difference ${difference.name}; did moto change?)`
      : "";
    this.problems.push(`${this.endpoint}: ${title}${why}\n    expected ${show(wanted)}\n    seen     ${show(plain)}`);
  }

  #count(client: EC2Client): void {
    client.middlewareStack.add(
      (next, context) => (sending) => {
        const action = (context.commandName ?? "unknown").replace(/Command$/, "");
        this.actions.set(action, (this.actions.get(action) ?? 0) + 1);
        return next(sending);
      },
      { step: "deserialize", priority: "low", name: "conversationCount" },
    );
  }
}

function show(value: unknown): string {
  return inspect(value, { depth: 8, breakLength: 160, compact: 8 });
}
