/**
 * The permit of a mutating call: EC2 has no compare-and-swap, so a call that is still under way when the permit ends
 * could undo what the successor has done. It is sent only while there is time for it to take effect.
 *
 * @module
 */
import { Fault, FAULT_CODES } from "../plugin/fault.ts";
import type { AwsCall } from "./aws_fault.ts";

/** Milliseconds of permit that must be left for a mutating call to be sent: a round trip and EC2's own work. */
const MIN_PERMIT_MS = 50;

/** Throws a `Fault` unless the caller is a fence: nobody else stops a server. */
export function requireFence(call: AwsCall, fence: boolean): void {
  if (fence) return;
  throw new Fault(
    FAULT_CODES.internal,
    `${call.action} of ${call.subject} was not sent: only a fence stops instances`,
    {
      remedy: "stop the server with a type of kind fence, or by hand",
    },
  );
}

/**
 * The milliseconds that `permitRemainingMs` still gives the call; throws an uncertain `Fault` when they are too few.
 * Without a permit to mind (`undefined`) there is no end.
 */
export function requirePermit(call: AwsCall, permitRemainingMs: (() => number) | undefined): number {
  if (!permitRemainingMs) return Infinity;
  const leftMs = permitRemainingMs();
  // Written so that NaN is refused too.
  if (leftMs >= MIN_PERMIT_MS) return leftMs;
  const left = leftMs > 0
    ? `only ${Math.floor(leftMs)} ms of this server's permit are left`
    : "this server has no permit";
  throw new Fault(
    FAULT_CODES.requestFailed,
    `${call.action} of ${call.subject} was not sent: ${left}, and a call that is late could undo what another server ` +
      `has done (at least ${MIN_PERMIT_MS} ms are needed)`,
    {
      uncertain: true,
      remedy: "see why this server lost contact with the majority; it tries again with its next permit",
    },
  );
}

/** What a command offers to those who want to look at its request on the way. */
interface Interceptable {
  // deno-lint-ignore no-explicit-any -- each command types its own steps; this one passes through whatever it gets.
  middlewareStack: { add(middleware: any, options: any): void };
}

/**
 * Puts `guard` where the permit is looked at for the last time: after the credentials were fetched and the request was
 * signed, right before it goes to the socket.
 */
export function guarded<Command extends Interceptable>(command: Command, guard: () => void): Command {
  const middleware = (next: (input: unknown) => unknown) => (input: unknown) => {
    guard();
    return next(input);
  };
  command.middlewareStack.add(middleware, { step: "deserialize", priority: "low", name: "batonPermit" });
  return command;
}
