/**
 * The states of instances in the API, and what the actions that change them have in common.
 *
 * @module
 */
import type { ActionContext } from "./action.ts";
import { Ec2Error, missingParameter } from "./errors.ts";
import type { Instance, InstanceState } from "./model.ts";
import { byIds } from "./vpcs.ts";
import type { XmlElements } from "./xml.ts";

/** The numbers of the states in the API. */
export const STATE_CODES: Record<InstanceState, number> = {
  "pending": 0,
  "running": 16,
  "shutting-down": 32,
  "terminated": 48,
  "stopping": 64,
  "stopped": 80,
};

/** A state. */
export function stateXml(state: InstanceState): XmlElements {
  return { code: STATE_CODES[state], name: state };
}

/** What an action has made of an instance. */
export function stateChangeXml(instance: Instance, previous: InstanceState): XmlElements {
  return {
    instanceId: instance.id,
    currentState: stateXml(instance.state),
    previousState: stateXml(previous),
  };
}

/** The instances that the request names. */
export function named({ region, query }: ActionContext): Instance[] {
  const ids = query.list("InstanceId");
  if (ids.length === 0) throw missingParameter("InstanceId");
  return byIds(region.instances, ids, "instance", (one) => one.id);
}

/** What EC2 answers when an instance can't be `verb` now. */
export function incorrectState(instance: Instance, verb: string): Ec2Error {
  return new Ec2Error(
    "IncorrectInstanceState",
    `The instance '${instance.id}' is not in a state from which it can be ${verb}.`,
  );
}
