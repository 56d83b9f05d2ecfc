/**
 * Runs the scripts of recoveries: the recovery script of a monitor, and those before its other steps. Without a shell, each
 * with its deadline, and killed with its children when that passes, when its group is fenced, and when the agent stops.
 *
 * @module
 */
import type { Command, Event, Failure } from "../cluster/events.ts";
import type { MonitorConfig, RecoveryScript } from "../config/config.ts";
import type { Os } from "../os/os.ts";
import { MARK_VARIABLE } from "../os/marked_processes.ts";
import { Fault, FAULT_CODES } from "../plugin/fault.ts";
import { plainText } from "../plugin/plain_text.ts";
import { bounded } from "./bounded.ts";
import { sentenceOf } from "./told.ts";

/** An order to run a script. */
export type ScriptOrder = Extract<Command, { do: "script" }>;

/** The program said no: a number of the scripts' own. */
const SCRIPT_FAILED = 1;

/** What scripts written for the guide's product look at: the word for the step, and the variable of its count. */
const ACTIONS: Readonly<Record<ScriptOrder["step"], readonly [action: string, count?: string]>> = {
  script: ["RECOVERY", "CLP_RECOVERYCOUNT"],
  reactivation: ["RESTART", "CLP_RESTARTCOUNT"],
  failover: ["FAILOVER", "CLP_FAILOVERCOUNT"],
  finalAction: ["FINALACTION"],
};

/** What a runner of scripts needs. */
export interface ScriptParts {
  server: string;
  /** As they are configured now. */
  monitors(): readonly MonitorConfig[];
  os: Pick<Os, "exec">;
  /** What processes of a group carry, see `marked_processes.ts`. */
  markOf(group: string): string;
  answer(event: Event): void;
}

/** The scripts of the recoveries of one agent. */
export class RecoveryScripts {
  readonly #running = new Set<{ groups: "all" | string | undefined; stop: AbortController }>();
  #closed = false;

  constructor(private readonly parts: ScriptParts) {}

  /**
   * Takes an order; returns what carries it out. A fence between the two ends it before it begins. Answers exactly once,
   * unless the agent stops.
   */
  order(order: ScriptOrder): () => Promise<void> {
    const config = this.parts.monitors().find(({ name }) => name === order.monitor);
    const target = config?.recovery.target;
    const groups = target?.kind === "all-groups" ? "all" : target && "group" in target ? target.group : undefined;
    const running = { groups, stop: new AbortController() };
    this.#running.add(running);
    return async () => {
      const failure = await this.#run(order, config, running.stop.signal);
      this.#running.delete(running);
      if (this.#closed) return;
      const { monitor, request } = order;
      this.parts.answer({ type: "script-done", monitor, request, ...(failure ? { failure } : {}) });
    };
  }

  /** The group goes down at once: nothing that works on it may go on. */
  fence(group: string): void {
    for (const { groups, stop } of this.#running) {
      if (groups === "all" || groups === group) stop.abort(new DOMException(`${group} is fenced`, "AbortError"));
    }
  }

  /** Ends what runs; nothing is answered any more. */
  close(): void {
    this.#closed = true;
    for (const { stop } of this.#running) stop.abort(new DOMException("the agent stops", "AbortError"));
  }

  async #run(order: ScriptOrder, config: MonitorConfig | undefined, signal: AbortSignal): Promise<Failure | undefined> {
    const script = config?.scripts?.[order.step];
    if (config === undefined || script === undefined) {
      return { code: FAULT_CODES.internal, message: `${order.monitor} has no script for this step in cluster.yaml` };
    }
    try {
      const env = this.#environment(order, config);
      const result = await bounded(
        signal,
        script.timeoutMs,
        (within) => this.parts.os.exec(script.command, { env, signal: within }),
      );
      if (result.status === 0) return undefined;
      const said = (result.stderr.trim() || result.stdout.trim()).split("\n").at(-1)?.slice(0, 300) ||
        "it said nothing";
      const plain = plainText(said);
      return { code: SCRIPT_FAILED, message: `${script.command[0]} ended with status ${result.status}: ${plain}` };
    } catch (thrown) {
      return failureOf(thrown, script);
    }
  }

  #environment({ monitor, step, count }: ScriptOrder, config: MonitorConfig): Record<string, string> {
    const { server, markOf } = this.parts;
    const { target } = config.recovery;
    const group = "group" in target ? target.group : "";
    const resource = target.kind === "resource" ? target.resource : "";
    const [action, counter] = ACTIONS[step];
    return {
      BATON_ACTION: step,
      BATON_COUNT: String(count),
      BATON_GROUP: group,
      BATON_MONITOR: monitor,
      BATON_RESOURCE: resource,
      BATON_SERVER: server,
      CLP_ACTION: action,
      ...(counter === undefined ? {} : { [counter]: String(count) }),
      CLP_GROUPNAME: group,
      CLP_MONITORNAME: monitor,
      CLP_RESOURCENAME: resource,
      CLP_SERVER_LOCAL: server,
      ...(group === "" ? {} : { [MARK_VARIABLE]: markOf(group) }),
    };
  }
}

function failureOf(thrown: unknown, { command, timeoutMs }: RecoveryScript): Failure {
  if (thrown instanceof Fault) return { code: thrown.code, message: thrown.message };
  if (thrown instanceof DOMException && thrown.name === "TimeoutError") {
    const message = `${command[0]} did not end within ${timeoutMs} ms and was killed`;
    return { code: FAULT_CODES.timeout, message, timedOut: true };
  }
  return { code: FAULT_CODES.internal, message: sentenceOf(thrown) };
}
