/**
 * DescribeInstances, StartInstances, RebootInstances, and how an instance looks in an answer.
 *
 * @module
 */
import type { Action, Actions } from "./action.ts";
import { incorrectState, named, STATE_CODES, stateChangeXml, stateXml } from "./instance_states.ts";
import { Ec2Error } from "./errors.ts";
import type { Instance, InstanceState, Region } from "./model.ts";
import { interfaceXml } from "./network_interfaces.ts";
import { filtered, paged } from "./query.ts";
import { byIds } from "./vpcs.ts";
import { tagSet, type XmlElements } from "./xml.ts";

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

const STARTED_FROM: readonly InstanceState[] = ["stopped", "pending", "running"];

const startInstances: Action = {
  mutating: true,
  plan(context) {
    const instances = named(context);
    for (const one of instances) {
      if (!STARTED_FROM.includes(one.state)) throw incorrectState(one, "started");
    }
    return () => ({
      instancesSet: instances.map((one) => {
        const previous = one.state;
        if (previous === "stopped") {
          one.state = "pending";
          one.transitions = [{ state: "running", at: context.now + context.instanceDelayMs }];
          delete one.transitionReason;
        }
        return stateChangeXml(one, previous);
      }),
    });
  },
};

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

function interfacesOf(region: Region, instance: Instance) {
  return region.networkInterfaces.filter((eni) => eni.attachment?.instanceId === instance.id)
    .sort((a, b) => a.attachment!.deviceIndex - b.attachment!.deviceIndex);
}

const describeSpotInstanceRequests: Action = {
  mutating: false,
  plan({ region, query }) {
    const all = region.instances.filter(({ spot }) => spot !== undefined);
    const wanted = query.list("SpotInstanceRequestId");
    for (const id of wanted) {
      if (all.some((one) => spotRequestId(one) === id)) continue;
      throw new Ec2Error(
        "InvalidSpotInstanceRequestID.NotFound",
        `The spot instance request ID '${id}' does not exist`,
      );
    }
    const chosen = wanted.length === 0 ? all : all.filter((one) => wanted.includes(spotRequestId(one)));
    return () => ({
      spotInstanceRequestSet: chosen.map((one) => ({
        spotInstanceRequestId: spotRequestId(one),
        instanceId: one.id,
        state: "active",
        type: one.spot,
      })),
    });
  },
};

function spotRequestId({ id }: Instance): string {
  return `sir-${id.slice("i-".length, "i-".length + 8)}`;
}

/** An instance as DescribeInstances and RunInstances show it. */
export function instanceXml(region: Region, instance: Instance): XmlElements {
  const enis = interfacesOf(region, instance);
  const primary = enis[0];
  return {
    instanceId: instance.id,
    instanceType: instance.instanceType,
    instanceLifecycle: instance.spot === undefined ? undefined : "spot",
    spotInstanceRequestId: instance.spot === undefined ? undefined : spotRequestId(instance),
    rootDeviceType: "ebs",
    instanceState: stateXml(instance.state),
    reason: instance.transitionReason ?? "",
    stateReason: instance.transitionReason === undefined ? undefined : {
      code: "Client.UserInitiatedShutdown",
      message: "Client.UserInitiatedShutdown: User initiated shutdown",
    },
    // EC2 says xen of Nitro as well: it does not tell whether the shutdown can be skipped.
    hypervisor: "xen",
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
  DescribeSpotInstanceRequests: describeSpotInstanceRequests,
  StartInstances: startInstances,
  RebootInstances: rebootInstances,
};
