import type { PluginContext } from "../core/plugin/contract.ts";
import { withDeadline } from "../core/plugin/deadline.ts";
import { Fault, FAULT_CODES } from "../core/plugin/fault.ts";
import { faultVerdict } from "../core/plugin/fault_verdict.ts";
import type { OptionSpecs } from "../core/plugin/options.ts";
import { normal, type Verdict } from "../core/plugin/verdict.ts";
import { askHttp, MAX_BODY_BYTES, shownUrl } from "./http_request.ts";

/** Options of an HTTP probe. */
export interface HttpOptions {
  url: string;
  method: "HEAD" | "GET";
  /** Statuses that are right; left out: what {@linkcode Expectation} says. */
  status?: number[];
  requestTimeout: number;
  caFile?: string;
  contains?: string;
}

/** Which statuses are right where the file names none. */
export interface Expectation {
  /** As in "expected is ...". */
  text: string;
  holds(status: number): boolean;
}

/** The declaration of the options that all HTTP probes have. */
export function httpOptions(
  what: string,
  defaults: { method: "HEAD" | "GET"; requestTimeout: string },
  expected: Expectation,
): OptionSpecs {
  return {
    url: {
      type: "string",
      required: true,
      pattern: { test: /^https?:\/\/[^/?#]/i, expected: "a URL like https://10.0.10.100/health" },
      description: `http or https URL of ${what}`,
    },
    method: {
      type: "string",
      oneOf: ["HEAD", "GET"],
      default: defaults.method,
      description: "method of the request",
    },
    status: {
      type: "integers",
      min: 100,
      max: 599,
      description: `statuses that are right; redirects are not followed; default: ${expected.text}`,
    },
    requestTimeout: {
      type: "duration",
      default: defaults.requestTimeout,
      min: 10,
      max: 60_000,
      description: "how long the answer may take, the connection included",
    },
    caFile: {
      type: "path",
      description: "PEM file with the certificate of the CA, when one of your own has signed the server's",
    },
  };
}

/** What the declaration can't say, one sentence each. */
export function httpProblems({ url, method, caFile, contains }: HttpOptions): string[] {
  if (!URL.canParse(url)) return [`url: ${JSON.stringify(url)} is no URL; write one like https://10.0.10.100/health`];
  const { protocol, username, password } = new URL(url);
  const problems: string[] = [];
  if (username !== "" || password !== "") {
    problems.push("url: holds a name or a password, which would be shown in logs; ask something that needs none");
  }
  if (caFile !== undefined && protocol === "http:") {
    problems.push("caFile: http has no certificates; write https in url, or remove caFile");
  }
  if (contains !== undefined && method === "HEAD") {
    problems.push("contains: an answer to HEAD has no body; set method to GET, or remove contains");
  }
  return problems;
}

/**
 * Asks once: normal with `answerMs`; an error when it refuses, is silent, can't prove who it is or answers something
 * else; unknown when it could not be tried.
 */
export async function httpProbe(context: PluginContext<HttpOptions>, expected: Expectation): Promise<Verdict> {
  const { options: { url, method, status, requestTimeout, caFile, contains }, signal } = context;
  const place = shownUrl(url);
  try {
    signal.throwIfAborted();
    const ca = caFile === undefined ? undefined : await readCa(caFile);
    const question = {
      url,
      method,
      ...(ca === undefined ? {} : { ca }),
      ...(contains === undefined ? {} : { contains }),
    };
    const answer = await withDeadline(signal, requestTimeout, (both) => askHttp(question, both));
    const right = status === undefined ? expected.holds(answer.status) : status.includes(answer.status);
    if (!right) {
      const wanted = status === undefined ? expected.text : status.join(", ");
      return wrong(`${place} answers ${answer.status}; expected is ${wanted}`);
    }
    if (contains !== undefined && !answer.found) {
      return wrong(
        `${place} answers ${answer.status}, but ${
          JSON.stringify(contains)
        } is not in the first ${MAX_BODY_BYTES} bytes`,
      );
    }
    return normal(`${place} answers ${answer.status}`, { answerMs: Math.round(answer.answerMs * 10) / 10 });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof DOMException && error.name === "TimeoutError") {
      return {
        status: "error",
        code: FAULT_CODES.timeout,
        message: `${place} did not answer within ${requestTimeout} ms`,
      };
    }
    return faultVerdict(error);
  }
}

function wrong(message: string): Verdict {
  return { status: "error", code: FAULT_CODES.requestFailed, message };
}

/** Read for each question: a certificate that was renewed counts from the next one on. */
async function readCa(path: string): Promise<string> {
  const fault = (why: string, cause?: unknown) =>
    new Fault(FAULT_CODES.internal, `caFile ${path} ${why}`, {
      uncertain: true,
      remedy: "give a PEM file that this server can read",
      cause,
    });
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    throw fault(`can't be read (${(error as Error).message})`, error);
  }
  if (!text.includes("-----BEGIN CERTIFICATE-----")) throw fault("holds no certificate in PEM");
  return text;
}
