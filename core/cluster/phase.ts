/**
 * Where a group is in its life on one server, and what it asks of the engine around it.
 *
 * @module
 */
import type { FailedFence } from "./last_resort.ts";
import type { Again } from "./self_fence.ts";
import type { FinalCause, GroupFinalAction, PowerAction } from "./spec.ts";
import type { GroupStatus } from "./status.ts";

/** Where a group is in its life on this server. */
export type Phase =
  /** What a predecessor may have left is being removed. */
  | "sweeping"
  | "offline"
  /** Votes are asked for. */
  | "claiming"
  | "activating"
  | "online"
  | "deactivating"
  /** The permit is gone: everything down, quickly. */
  | "fencing"
  /** A deactivation failed for good: something may still be active. */
  | "stuck";

/** The guide's word for each. */
export const STATUS: Readonly<Record<Phase, GroupStatus>> = {
  sweeping: "offline",
  offline: "offline",
  claiming: "offline",
  activating: "online-pending",
  online: "online",
  deactivating: "offline-pending",
  fencing: "offline-pending",
  stuck: "offline-failure",
};

/** What a group asks its engine for. */
export interface GroupHooks {
  /** Carries out a final action. False when there is none, or when it is only told. */
  resourceFailed(group: string, action: GroupFinalAction, cause: FinalCause, why: string): boolean;
  /** Why a group that did not stop without a permit is fenced once more; undefined: the machine has to end. */
  fencedAgain(group: string, fences: Pick<FailedFence, "sinceMs" | "fences">): Again | undefined;
  /** Carries out the final action of a group that did not stop without a permit. */
  selfFence(group: string, action: PowerAction, why: string): void;
  /** The group is to stay down until an operator starts it. */
  giveUp(group: string, by: string): void;
}
