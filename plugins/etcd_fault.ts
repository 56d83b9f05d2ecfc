/**
 * Failures of etcd as operators see them.
 *
 * @module
 */
import { DeadlineExceeded } from "../core/aws/deadline.ts";
import { classify } from "../core/aws/failure.ts";
import { Fault, FAULT_CODES } from "../core/plugin/fault.ts";
import { errorAnswer } from "./etcd_answers.ts";
import type { EtcdAnswer } from "./etcd_request.ts";

/** The numbers of gRPC that etcd answers with. */
const GRPC = { invalid: 3, deadline: 4, denied: 7, exhausted: 8, failedPrecondition: 9, unavailable: 14, stranger: 16 };

/** How an endpoint refused. */
export class EtcdFault extends Fault {
  constructor(
    code: number,
    message: string,
    details: Fault["details"],
    /** The token is no longer known: a new one may help. Nothing was done. */
    readonly token = false,
    /** Another member may know more. */
    readonly elsewhere = false,
  ) {
    super(code, message, details);
  }
}

/** The fault of an answer that is no success. */
export function refusal(where: string, what: string, { status, text }: EtcdAnswer): EtcdFault {
  const { message, code } = said(text);
  const sentence = `${what} was refused by ${where}: ${message ?? "no reason given"} (HTTP ${status}` +
    `${code === undefined ? "" : `, gRPC ${code}`})`;
  const fault = (remedy: string, uncertain: boolean, more: { token?: boolean; elsewhere?: boolean } = {}) =>
    new EtcdFault(FAULT_CODES.requestFailed, sentence, { remedy, uncertain }, more.token, more.elsewhere);
  const stale = code === GRPC.stranger || /revision of auth store is old/.test(message ?? "");
  if (stale) return fault("see that user and passwordFile are right", true, { token: true });
  if (/user name is empty|authentication failed/.test(message ?? "")) {
    return fault("set user and passwordFile to a user of this etcd and its password", true);
  }
  if (code === GRPC.denied || status === 403) {
    return fault("grant the user a role that may read and write the keys that begin with prefix", true);
  }
  if (code === GRPC.failedPrecondition && /authentication is not enabled/.test(message ?? "")) {
    return fault("remove user and passwordFile, or enable authentication in etcd", false);
  }
  if (code === GRPC.exhausted) {
    return fault("see whether etcd's storage is full (etcdctl alarm list), or whether it is overloaded", true);
  }
  if (code === GRPC.unavailable || code === GRPC.deadline || status >= 500) {
    return fault("see that a majority of etcd's members is up and that they reach each other", true, {
      elsewhere: true,
    });
  }
  if (status === 404) return fault(`see that ${where} is etcd 3.4 or later with its JSON gateway enabled`, false);
  return fault("see that the endpoint is etcd 3.4 or later", code !== GRPC.invalid);
}

/** The fault of a request that got no answer. */
export function noAnswer(where: string, what: string, error: unknown): Fault {
  if (error instanceof Fault) return error;
  const said = error instanceof Error ? error.message : String(error);
  const timedOut = error instanceof DeadlineExceeded ||
    (error instanceof DOMException && error.name === "TimeoutError");
  return new Fault(
    FAULT_CODES.timeout,
    timedOut ? `${what} timed out at ${where}: ${said}` : `${what} got no answer from ${where}: ${said}`,
    {
      uncertain: true,
      remedy: "see that the endpoint is up and reachable from this server, and that its certificate is signed by " +
        "caFile or a public CA when it begins with https",
      cause: error,
    },
  );
}

/** True when the request can't have reached etcd, so that another member may be asked to do the same. */
export function notSent(error: unknown): boolean {
  return !(error instanceof Fault) && classify(error).unsent;
}

/** The fault of an answer that is not what etcd answers. */
export function strange(where: string, what: string): Fault {
  return new Fault(FAULT_CODES.requestFailed, `${where} answered ${what} with something that is not of etcd 3.4`, {
    uncertain: true,
    remedy: "see that the endpoint is etcd itself, version 3.4 or later, and no proxy",
  });
}

function said(text: string): { message?: string; code?: number } {
  try {
    const { message, error, code } = errorAnswer.parse(JSON.parse(text));
    const sentence = message ?? error;
    return { ...(sentence === undefined ? {} : { message: sentence }), ...(code === undefined ? {} : { code }) };
  } catch {
    const line = text.trim().split("\n", 1)[0]!.slice(0, 200);
    return line === "" ? {} : { message: line };
  }
}
