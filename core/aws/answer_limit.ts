/**
 * A limit for what an endpoint may answer. The SDK collects the whole body before it looks at it, and what was once that
 * large stays with the process; who answers may be a proxy, a wrong URL, or somebody who means harm.
 *
 * @module
 */
import { type Readable, Transform } from "node:stream";
import { Fault, FAULT_CODES } from "../plugin/fault.ts";

/** The longest answers are pages of route tables: 1,000 rows of some 300 bytes in each of 100 tables at most. */
export const MAX_ANSWER_BYTES = 32 * 1024 * 1024;

/** A client of the SDK, as far as its answers go. */
export interface Limitable {
  // deno-lint-ignore no-explicit-any -- each client has types of its own for the same stack.
  middlewareStack: { add(middleware: any, options: any): void };
}

/** An answer before the SDK reads it. */
interface Answer {
  response?: { headers?: Record<string, string>; body?: unknown };
}

/** Has the client refuse answers that are longer, and read no further; returns it. */
export function withAnswerLimit<Client extends Limitable>(client: Client, most = MAX_ANSWER_BYTES): Client {
  const middleware = (next: (request: unknown) => Promise<Answer>) => async (request: unknown) => {
    const answer = await next(request);
    const { response } = answer;
    const body = response?.body;
    if (response === undefined || !isReadable(body)) return answer;
    if (Number(response.headers?.["content-length"]) > most) {
      body.destroy();
      throw tooLong(most);
    }
    response.body = limited(body, most);
    return answer;
  };
  // Between the connection and what reads the body.
  client.middlewareStack.add(middleware, { step: "deserialize", priority: "low", name: "answerLimit", override: true });
  return client;
}

function limited(body: Readable, most: number): Readable {
  let length = 0;
  const counted = new Transform({
    transform(chunk, _encoding, done) {
      length += chunk.length;
      if (length <= most) return done(null, chunk);
      // Before the body says that it ended too early.
      counted.destroy(tooLong(most));
      body.destroy();
    },
  });
  body.on("error", (error) => counted.destroy(error));
  body.on("aborted", () => counted.destroy(new Error("the connection ended before the answer did")));
  return body.pipe(counted);
}

function tooLong(most: number): Fault {
  const fault = new Fault(
    FAULT_CODES.requestFailed,
    `the answer is longer than ${most / 1024 / 1024} MiB, which none of AWS is`,
    { uncertain: true, remedy: "see that the endpoint is that of AWS, and what a proxy on the way answers" },
  );
  // The SDK adds a hint for its own authors to the words of an error without this.
  return Object.assign(fault, { $metadata: {} });
}

function isReadable(body: unknown): body is Readable {
  return typeof body === "object" && body !== null && "pipe" in body && "destroy" in body;
}
