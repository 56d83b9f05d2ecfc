/**
 * StopInstances and TerminateInstances: asked, forced, and without asking the operating system.
 *
 * @module
 */
import type { Action, ActionContext, Actions } from "./action.ts";
import { Ec2Error } from "./errors.ts";
import { incorrectState, named, stateChangeXml } from "./instance_states.ts";
import type { Instance } from "./model.ts";

/** The families whose instances run on Xen; all newer ones run on Nitro. */
const XEN = /^(?:c1|c3|c4|d2|f1|g3|g3s|h1|i2|i3|m1|m2|m3|m4|p2|p3|p3dn|r3|r4|t1|t2|x1|x1e)\.(?!metal)/;

const stopInstances: Action = {
  mutating: true,
  plan(context) {
    const instances = named(context);
    const { force, skip } = manner(context, instances);
    for (const one of instances) {
      if (one.state === "shutting-down" || one.state === "terminated") throw incorrectState(one, "stopped");
      if (one.stopProtection && one.state !== "stopped") {
        throw new Ec2Error(
          "OperationNotPermitted",
          `The instance '${one.id}' may not be stopped. Modify its 'disableApiStop' instance attribute and try again.`,
        );
      }
    }
    return () => {
      // A dry run does not get here, as with EC2: it says that the call is allowed, not that it would succeed.
      const once = instances.find(({ spot }) => spot === "one-time");
      if (once !== undefined) {
        throw new Ec2Error(
          "UnsupportedOperation",
          `You can't stop the Spot Instance '${once.id}' because it is associated with a one-time Spot Instance request. ` +
            "You can only stop Spot Instances associated with persistent Spot Instance requests.",
        );
      }
      return {
        instancesSet: instances.map((one) => {
          const previous = one.state;
          if (previous === "running" || previous === "pending" || previous === "stopping") {
            one.state = "stopping";
            comeDown(context, one, "stopped", { force, skip });
          }
          return stateChangeXml(one, previous);
        }),
      };
    };
  },
};

const terminateInstances: Action = {
  mutating: true,
  plan(context) {
    const instances = named(context);
    const { force, skip } = manner(context, instances);
    return () => ({
      instancesSet: instances.map((one) => {
        const previous = one.state;
        if (previous === "stopped") {
          one.state = "terminated";
        } else if (previous !== "terminated") {
          one.state = "shutting-down";
          // Termination does not wait for ever for an operating system.
          comeDown(context, one, "terminated", { force: force || one.wedged === true, skip });
        }
        return stateChangeXml(one, previous);
      }),
    });
  },
};

interface Manner {
  force: boolean;
  skip: boolean;
}

function manner({ query }: ActionContext, instances: readonly Instance[]): Manner {
  const skip = query.flag("SkipOsShutdown") === true;
  if (skip && instances.some((one) => XEN.test(one.instanceType))) {
    throw new Ec2Error("OperationNotPermitted", "SkipOsShutdown is not supported on Xen instance types.");
  }
  return { force: query.flag("Force") === true, skip };
}

/** Lets the instance come down in its time. A stop that is under way already is hastened, never slowed. */
function comeDown(
  { now, instanceDelayMs, skipShutdownDelayMs, forceDelayMs }: ActionContext,
  instance: Instance,
  state: "stopped" | "terminated",
  { force, skip }: Manner,
): void {
  instance.transitionReason = `User initiated (${new Date(now).toISOString().slice(0, 19).replace("T", " ")} GMT)`;
  const afterMs = skip ? skipShutdownDelayMs : !instance.wedged ? instanceDelayMs : force ? forceDelayMs : undefined;
  const present = instance.transitions.find((one) => one.state === state);
  if (afterMs === undefined) {
    if (!present) instance.transitions = [];
    return;
  }
  instance.transitions = [{ state, at: Math.min(now + afterMs, present?.at ?? Infinity) }];
}

/** The actions of this family. */
export const endActions: Actions = {
  StopInstances: stopInstances,
  TerminateInstances: terminateInstances,
};
