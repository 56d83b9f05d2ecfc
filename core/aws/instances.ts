/**
 * Instances, from the SDK's shapes to ours, and what EC2 means when it refuses to stop one.
 *
 * @module
 */
import type { Instance, InstanceState as SdkState, InstanceStateChange } from "@aws-sdk/client-ec2";
import { Fault, FAULT_CODES } from "../plugin/fault.ts";
import type { InstanceState, InstanceStateName, StopAnswer, StopOptions } from "./ec2.ts";
import { type AwsFailure, classify } from "./failure.ts";

const STATES: readonly InstanceStateName[] = [
  "pending",
  "running",
  "stopping",
  "stopped",
  "shutting-down",
  "terminated",
];

/** An instance; `spot`: the kind of its Spot request, when it has one. */
export function instanceStateOf(instance: Instance, spot?: SpotKind): InstanceState {
  return {
    ...stoppable(instance, spot),
    id: instance.InstanceId ?? "",
    name: stateName(instance.State),
    reason: instance.StateReason?.Message ?? instance.StateTransitionReason ?? "",
    instanceType: instance.InstanceType ?? "",
  };
}

/** The kind of a Spot request, or why it is not known. */
export type SpotKind = { type: string } | { unknown: string };

/** A dry run says that a stop is allowed, not that EC2 can do it. */
function stoppable(instance: Instance, spot: SpotKind | undefined): Pick<InstanceState, "unstoppable" | "doubt"> {
  if (instance.RootDeviceType === "instance-store") {
    return { unstoppable: "its root device is an instance store, which can't be stopped, only terminated" };
  }
  if (spot === undefined) return {};
  if ("unknown" in spot) {
    return { doubt: `it is a Spot instance, and whether its request is a one-time one is not known: ${spot.unknown}` };
  }
  if (spot.type === "persistent") return {};
  return { unstoppable: `it is a Spot instance of a ${spot.type} request, which EC2 can't stop, only terminate` };
}

/** What EC2 says it has begun. An answer without the instance has begun nothing that we know of. */
export function stopAccepted(instanceId: string, changes: InstanceStateChange[] | undefined): StopAnswer {
  const change = changes?.find(({ InstanceId }) => InstanceId === instanceId);
  if (change === undefined) {
    throw new Fault(FAULT_CODES.requestFailed, `StopInstances of ${instanceId} was answered without it`, {
      uncertain: true,
    });
  }
  return { kind: "accepted", previous: stateName(change.PreviousState), current: stateName(change.CurrentState) };
}

/** The refusals that are answers; undefined for every other failure. */
export function stopRefusal(error: unknown, how: StopOptions): StopAnswer | undefined {
  const failure = error instanceof Fault ? classify(error.cause) : undefined;
  if (failure === undefined) return undefined;
  if (how.dryRun && failure.code === "DryRunOperation") return { kind: "would-stop" };
  if (how.skipOsShutdown && isAboutSkipping(failure)) return { kind: "skip-refused", message: failure.message };
  return undefined;
}

/**
 * Stop protection is refused with the same code as skipping the shutdown of an instance on Xen, so the sentence decides.
 * What only says that something is not supported can't mean a plain stop, which every instance with a volume supports.
 */
function isAboutSkipping({ kind, code, message }: AwsFailure): boolean {
  if (kind !== "refused" && kind !== "invalid") return false;
  return /skip.?os.?shutdown/i.test(message) || code === "UnsupportedOperation";
}

function stateName(state: SdkState | undefined): InstanceStateName {
  return STATES.find((name) => name === state?.Name) ?? "unknown";
}
