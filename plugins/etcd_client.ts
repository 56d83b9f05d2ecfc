/**
 * Records in etcd through its JSON gateway: any member, failing over to the next; a token when there is a user.
 *
 * @module
 */
import type * as z from "zod/mini";
import { Fault, FAULT_CODES } from "../core/plugin/fault.ts";
import { base64, fromBase64, rangeAnswer, tokenAnswer, txnAnswer } from "./etcd_answers.ts";
import { EtcdFault, noAnswer, notSent, refusal, strange } from "./etcd_fault.ts";
import { type EtcdRequest, postJson, type TlsFiles } from "./etcd_request.ts";

/** How etcd is reached. */
export interface EtcdSettings {
  /** `http://host:port` or `https://host:port`, without a slash at the end. */
  endpoints: readonly string[];
  user?: string;
  /** Files are read for each connection: certificates and passwords are renewed while the agent runs. */
  passwordFile?: string;
  caFile?: string;
  certFile?: string;
  keyFile?: string;
}

interface Ask<Shape extends z.ZodMiniType> {
  /** For messages: `the read of /baton/c/g`. */
  what: string;
  path: string;
  body: unknown;
  answer: Shape;
  /** It changes nothing: when a member is silent another may be asked. */
  read: boolean;
}

/** A member that has not answered a read after this is given up for the next. In milliseconds. */
const MEMBER_MS = 500;
/** No request takes longer, whatever its signal allows. In milliseconds. */
const REQUEST_MS = 30_000;

/** One etcd. */
export class EtcdClient {
  /** The member that answered last is asked first. */
  #first = 0;
  #token: string | undefined;

  constructor(private readonly settings: EtcdSettings) {}

  /** What the latest write left: a range without `serializable` is read through a majority of the members. */
  async get(key: string, signal: AbortSignal): Promise<{ version: string; text: string } | null> {
    const what = `the read of ${key}`;
    const body = { key: base64(key) };
    const { kvs = [] } = await this.#ask({ what, path: "/v3/kv/range", body, answer: rangeAnswer, read: true }, signal);
    const [found] = kvs;
    return found ? { version: found.mod_revision, text: fromBase64(found.value ?? "") } : null;
  }

  /** Writes a record if its revision still is `expected` (null: if there is none). Resolves with the new revision. */
  async put(key: string, expected: string | null, text: string, signal: AbortSignal): Promise<string | "conflict"> {
    const condition = expected === null
      ? { target: "CREATE", create_revision: "0" }
      : { target: "MOD", mod_revision: expected };
    const body = {
      compare: [{ key: base64(key), result: "EQUAL", ...condition }],
      // Without a lease. One would take the record away when its holder is silent, with the epoch that must never be
      // forgotten, and by the clock of etcd's leader, which promises nothing about ours.
      success: [{ request_put: { key: base64(key), value: base64(text) } }],
    };
    const what = `the write of ${key}`;
    const { succeeded, header } = await this.#ask(
      { what, path: "/v3/kv/txn", body, answer: txnAnswer, read: false },
      signal,
    );
    return succeeded === true ? header.revision : "conflict";
  }

  /** Sends it, with a new token when the one at hand is no longer known; then nothing was done the first time. */
  async #ask<Shape extends z.ZodMiniType>(ask: Ask<Shape>, signal: AbortSignal): Promise<z.output<Shape>> {
    const known = this.#token;
    try {
      return await this.#askAny(ask, known ?? await this.#authenticate(signal), signal);
    } catch (error) {
      if (!(error instanceof EtcdFault && error.token) || known === undefined) throw error;
      this.#token = undefined;
      return await this.#askAny(ask, await this.#authenticate(signal), signal);
    }
  }

  async #authenticate(signal: AbortSignal): Promise<string | undefined> {
    const { user, passwordFile } = this.settings;
    if (user === undefined || passwordFile === undefined) return undefined;
    const password = (await fileText(passwordFile)).replace(/\r?\n$/, "");
    const { token } = await this.#askAny(
      {
        what: `the login of ${user}`,
        path: "/v3/auth/authenticate",
        body: { name: user, password },
        answer: tokenAnswer,
        read: true,
      },
      undefined,
      signal,
    );
    return this.#token = token;
  }

  /** Asks the members in turn. A write goes on to the next only when it surely did not reach the one before. */
  async #askAny<Shape extends z.ZodMiniType>(
    ask: Ask<Shape>,
    token: string | undefined,
    signal: AbortSignal,
  ): Promise<z.output<Shape>> {
    const { endpoints } = this.settings;
    const tls = await this.#tls();
    for (let tried = 1;; tried++) {
      const at = this.#first;
      const where = endpoints[at]!;
      const last = tried === endpoints.length;
      try {
        const request = { url: where + ask.path, body: ask.body, tls, ...(token === undefined ? {} : { token }) };
        return await exchange(ask, where, request, ask.read && !last ? MEMBER_MS : REQUEST_MS, signal);
      } catch (error) {
        if (signal.aborted) {
          this.#turnFrom(at);
          throw noAnswer(where, ask.what, signal.reason);
        }
        const mute = !(error instanceof EtcdFault) || error.elsewhere;
        if (mute) this.#turnFrom(at);
        if (last || !mute || !(ask.read || notSent(error))) throw noAnswer(where, ask.what, error);
      }
    }
  }

  #turnFrom(at: number): void {
    // Another call may have turned already.
    if (this.#first === at) this.#first = (at + 1) % this.settings.endpoints.length;
  }

  async #tls(): Promise<TlsFiles> {
    const { caFile, certFile, keyFile } = this.settings;
    return {
      ...(caFile === undefined ? {} : { ca: await fileText(caFile) }),
      ...(certFile === undefined ? {} : { cert: await fileText(certFile) }),
      ...(keyFile === undefined ? {} : { key: await fileText(keyFile) }),
    };
  }
}

async function exchange<Shape extends z.ZodMiniType>(
  ask: Ask<Shape>,
  where: string,
  request: EtcdRequest,
  ms: number,
  signal: AbortSignal,
): Promise<z.output<Shape>> {
  const answer = await postJson(request, ms, signal);
  if (answer.status !== 200) throw refusal(where, ask.what, answer);
  try {
    return ask.answer.parse(JSON.parse(answer.text)) as z.output<Shape>;
  } catch {
    throw strange(where, ask.what);
  }
}

async function fileText(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    throw new Fault(FAULT_CODES.internal, `${path} can't be read: ${error instanceof Error ? error.message : error}`, {
      remedy: "see that the file is there and that the account of the agent may read it",
      cause: error,
    });
  }
}
