/**
 * Private addresses of an ENI beside its first one. IPv4 and IPv6 have calls of their own, and only those of IPv4 take
 * an address from where it was.
 *
 * @module
 */
import { Fault } from "../plugin/fault.ts";
import type { AddressTarget, Ec2 } from "./ec2.ts";
import type { Ec2Calls } from "./ec2_calls.ts";
import { classify } from "./failure.ts";
import { guarded } from "./permit.ts";

/** Moves the address to the ENI, wherever it was. Only under the permit. */
export async function assignAddress(
  ec2: Pick<Ec2, "interfaceWithAddress">,
  calls: Ec2Calls,
  target: AddressTarget,
  signal: AbortSignal,
): Promise<void> {
  const { eniId, ip } = target;
  if (!ip.includes(":")) {
    await calls.mutate(
      { action: "AssignPrivateIpAddresses", subject: `${ip} to ${eniId}` },
      signal,
      ({ client, commands }, abortSignal, guard) => {
        const input = { NetworkInterfaceId: eniId, PrivateIpAddresses: [ip], AllowReassignment: true };
        return client.send(guarded(new commands.AssignPrivateIpAddressesCommand(input), guard), { abortSignal });
      },
    );
    return;
  }
  const holder = await ec2.interfaceWithAddress({ vpcId: target.vpcId, ip }, { signal });
  if (holder?.id === eniId) return;
  if (holder !== null) {
    await calls.mutate(
      { action: "UnassignIpv6Addresses", subject: `${ip} from ${holder.id}` },
      signal,
      ({ client, commands }, abortSignal, guard) => {
        const input = { NetworkInterfaceId: holder.id, Ipv6Addresses: [ip] };
        return client.send(guarded(new commands.UnassignIpv6AddressesCommand(input), guard), { abortSignal });
      },
    );
  }
  await calls.mutate(
    { action: "AssignIpv6Addresses", subject: `${ip} to ${eniId}` },
    signal,
    ({ client, commands }, abortSignal, guard) => {
      const input = { NetworkInterfaceId: eniId, Ipv6Addresses: [ip] };
      return client.send(guarded(new commands.AssignIpv6AddressesCommand(input), guard), { abortSignal });
    },
  );
}

/**
 * Takes the address off the ENI; succeeds when it is not there. It names the ENI, so it can't take the address from
 * another one, and needs no permit.
 */
export async function unassignAddress(calls: Ec2Calls, target: AddressTarget, signal: AbortSignal): Promise<void> {
  const { eniId, ip } = target;
  const six = ip.includes(":");
  const call = {
    action: six ? "UnassignIpv6Addresses" : "UnassignPrivateIpAddresses",
    subject: `${ip} from ${eniId}`,
  };
  try {
    await calls.read(call, signal, async ({ client, commands }, abortSignal) => {
      const NetworkInterfaceId = eniId;
      if (six) {
        await client.send(
          new commands.UnassignIpv6AddressesCommand({ NetworkInterfaceId, Ipv6Addresses: [ip] }),
          { abortSignal },
        );
      } else {
        await client.send(
          new commands.UnassignPrivateIpAddressesCommand({ NetworkInterfaceId, PrivateIpAddresses: [ip] }),
          { abortSignal },
        );
      }
    });
  } catch (error) {
    if (error instanceof Fault && saysGone(classify(error.cause))) return;
    throw error;
  }
}

function saysGone({ code, message }: { code: string; message: string }): boolean {
  return /^InvalidParameterValue$|\.NotFound$/.test(code) && /not assigned|not found on|does not have/i.test(message);
}
