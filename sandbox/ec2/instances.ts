/**
 * DescribeInstances, StartInstances, StopInstances, RebootInstances.
 *
 * @module
 */
import type { Action, ActionContext, Actions } from "./action.ts";
import { Ec2Error, missingParameter } from "./errors.ts";
import type { Instance, InstanceState, Region } from "./model.ts";
import { interfaceXml } from "./network_interfaces.ts";
import { filtered, paged } from "./query.ts";
import { byIds } from "./vpcs.ts";
import { tagSet, type XmlElements } from "./xml.ts";

/** The numbers of the states in the API. */
const STATE_CODES: Record<InstanceState, number> = {
  "pending": 0,
  "running": 16,
  "shutting-down": 32,
  "terminated": 48,
  "stopping": 64,
  "stopped": 80,
};

const describeInstances: Action = {
  mutating: false,
  plan({ region, query }) {
    const all = byIds(region.instances, query.list("InstanceId"), "instance", (one) => one.id);
    const chosen = filtered(all, query.filters(), {
      "instance-id": (one) => [one.id],
      "instance-state-name": (one) => [one.state],
      "instance-state-code": (one) => [String(STATE_CODES[one.state])],
      "instance-type": (one) => [one.instanceType],
      "availability-zone": (one) => [one.zone],
      "vpc-id": (one) => interfacesOf(region, one).map((eni) => eni.vpcId),
      "subnet-id": (one) => interfacesOf(region, one).map((eni) => eni.subnetId),
      "private-ip-address": (one) => interfacesOf(region, one).slice(0, 1).map((eni) => eni.privateIps[0]),
      "network-interface.network-interface-id": (one) => interfacesOf(region, one).map((eni) => eni.id),
    });
    const { page, nextToken } = paged(query, chosen, { min: 5, max: 1_000, exclusiveWith: "InstanceId" });
    return () => ({
      reservationSet: page.map((one) => ({
        reservationId: `r-${one.id.slice(2)}`,
        ownerId: region.accountId,
        groupSet: [],
        instancesSet: [instanceXml(region, one)],
      })),
      nextToken,
    });
  },
};

const startInstances: Action = changeState({
  from: ["stopped"],
  alreadyThere: ["pending", "running"],
  verb: "started",
  by: "pending",
  to: "running",
});

const stopInstances: Action = changeState({
  from: ["running", "pending"],
  alreadyThere: ["stopping", "stopped"],
  verb: "stopped",
  by: "stopping",
  to: "stopped",
});

const rebootInstances: Action = {
  mutating: true,
  plan(context) {
    const instances = named(context);
    for (const one of instances) {
      if (one.state === "terminated" || one.state === "shutting-down") throw incorrectState(one, "rebooted");
    }
    return () => {
      for (const one of instances) one.reboots++;
      return { return: true };
    };
  },
};

interface StateChange {
  from: InstanceState[];
  alreadyThere: InstanceState[];
  verb: string;
  by: InstanceState;
  to: InstanceState;
}

function changeState(change: StateChange): Action {
  return {
    mutating: true,
    plan(context) {
      const instances = named(context);
      for (const one of instances) {
        if (!change.from.includes(one.state) && !change.alreadyThere.includes(one.state)) {
          throw incorrectState(one, change.verb);
        }
      }
      return () => ({
        instancesSet: instances.map((one) => {
          const previous = one.state;
          if (change.from.includes(one.state)) {
            one.state = change.by;
            one.transitions = [{ state: change.to, at: context.now + context.instanceDelayMs }];
          }
          return { instanceId: one.id, currentState: stateXml(one.state), previousState: stateXml(previous) };
        }),
      });
    },
  };
}

function named({ region, query }: ActionContext): Instance[] {
  const ids = query.list("InstanceId");
  if (ids.length === 0) throw missingParameter("InstanceId");
  return byIds(region.instances, ids, "instance", (one) => one.id);
}

function incorrectState(instance: Instance, verb: string): Ec2Error {
  return new Ec2Error(
    "IncorrectInstanceState",
    `The instance '${instance.id}' is not in a state from which it can be ${verb}.`,
  );
}

function interfacesOf(region: Region, instance: Instance) {
  return region.networkInterfaces.filter((eni) => eni.attachment?.instanceId === instance.id)
    .sort((a, b) => a.attachment!.deviceIndex - b.attachment!.deviceIndex);
}

function stateXml(state: InstanceState): XmlElements {
  return { code: STATE_CODES[state], name: state };
}

/** An instance as DescribeInstances and RunInstances show it. */
export function instanceXml(region: Region, instance: Instance): XmlElements {
  const enis = interfacesOf(region, instance);
  const primary = enis[0];
  return {
    instanceId: instance.id,
    instanceType: instance.instanceType,
    instanceState: stateXml(instance.state),
    placement: { availabilityZone: instance.zone, groupName: "", tenancy: "default" },
    privateIpAddress: primary?.privateIps[0],
    ipAddress: region.addresses.find((one) => one.association?.eniId === primary?.id)?.publicIp,
    subnetId: primary?.subnetId,
    vpcId: primary?.vpcId,
    sourceDestCheck: primary?.sourceDestCheck,
    iamInstanceProfile: {
      arn: `arn:aws:iam::${region.accountId}:instance-profile/${instance.role}`,
      id: "AIPASANDBOX",
    },
    networkInterfaceSet: enis.map((eni) => interfaceXml(region, eni)),
    tagSet: tagSet(instance.tags),
  };
}

/** The actions of this family. */
export const instanceActions: Actions = {
  DescribeInstances: describeInstances,
  StartInstances: startInstances,
  StopInstances: stopInstances,
  RebootInstances: rebootInstances,
};
