/**
 * One region in operation: runs actions against it, and remembers enough of its past to answer reads that are stale.
 *
 * @module
 */
import type { Action } from "./action.ts";
import { ACTIONS } from "./actions.ts";
import { dryRun, Ec2Error, unauthorized } from "./errors.ts";
import { type Region, settle } from "./model.ts";
import { API_VERSION, type Query } from "./query.ts";
import type { XmlElements } from "./xml.ts";

/** Copies of the past that are kept at most. */
const MAX_HISTORY = 128;

/** Settings of a region in operation. */
export interface CloudSettings {
  /** Milliseconds that an instance takes to start, and to stop when its operating system shuts down. */
  instanceDelayMs: number;
  /** Milliseconds that it takes to stop when it is not asked. */
  skipShutdownDelayMs: number;
  /** Milliseconds after which a forced stop no longer waits for it. */
  forceDelayMs: number;
  /** Called after every change that instances will follow. */
  changed?: (region: Region) => void;
  /** The sandbox's clock in milliseconds; never goes back. */
  now: () => number;
}

/** Who calls, and what they may. */
export interface Caller {
  /** The ARN that answers name. */
  principal: string;
  /** Actions that are allowed, such as `ec2:Describe*`; left out: all. */
  allow?: readonly string[];
  /** Left out: the account of the region. */
  accountId?: string;
}

/** A region in operation. */
export class Cloud {
  readonly #region: Region;
  /** States before a change, with the time of that change. */
  readonly #history: { until: number; region: Region }[] = [];

  constructor(region: Region, readonly settings: CloudSettings) {
    this.#region = region;
  }

  /** The region as it is now. Changes that are made to it directly are seen at once by everybody. */
  get region(): Region {
    settle(this.#region, this.settings.now());
    return this.#region;
  }

  /** The action of a request; throws what EC2 answers when there is none. */
  actionOf(query: Query): Action {
    if (query.action === "") throw new Ec2Error("MissingAction", "The request must contain the parameter Action");
    const action = Object.hasOwn(ACTIONS, query.action) ? ACTIONS[query.action] : undefined;
    if (!action || query.version !== API_VERSION) {
      throw new Ec2Error("InvalidAction", `The action ${query.action} is not valid for this web service.`);
    }
    return action;
  }

  /** Runs a request; a read sees the region as it was `staleMs` milliseconds ago. */
  run(query: Query, caller: Caller, staleMs = 0): XmlElements {
    const action = this.actionOf(query);
    if (!allowed("ec2", query.action, caller.allow)) throw unauthorized(query.action, caller.principal);
    if (action.dryRun === false && query.optional("DryRun") !== undefined) {
      throw new Ec2Error("UnknownParameter", "The parameter DryRun is not recognized");
    }
    const now = this.settings.now();
    const region = action.mutating || staleMs <= 0 ? this.region : this.#past(now - staleMs);
    const { instanceDelayMs, skipShutdownDelayMs, forceDelayMs, changed } = this.settings;
    const accountId = caller.accountId ?? region.accountId;
    const apply = action.plan({ region, query, accountId, now, instanceDelayMs, skipShutdownDelayMs, forceDelayMs });
    if (query.flag("DryRun")) throw dryRun();
    if (!action.mutating) return apply();
    this.#remember(now);
    const answer = apply();
    changed?.(this.#region);
    return answer;
  }

  #remember(now: number): void {
    this.#history.push({ until: now, region: structuredClone(this.#region) });
    if (this.#history.length > MAX_HISTORY) this.#history.shift();
  }

  /** The region as it was at a time: the copy that was made before the first change after it. */
  #past(at: number): Region {
    const copy = this.#history.find((one) => one.until > at);
    if (!copy) return this.region;
    settle(copy.region, at);
    return copy.region;
  }
}

/** Whether one of the patterns of a policy covers the action of a service. */
export function allowed(service: string, action: string, patterns: readonly string[] | undefined): boolean {
  if (!patterns) return true;
  return patterns.some((pattern) => {
    const [of, name] = pattern.includes(":") ? pattern.split(":") : ["ec2", pattern];
    if (of !== service && of !== "*") return false;
    return new RegExp(`^${(name ?? "").replace(/[^\w*]/g, "").replaceAll("*", ".*")}$`, "i").test(action);
  });
}
