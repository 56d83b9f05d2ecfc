import type { OptionSpec } from "../../core/plugin/options.ts";

/** The id of a VPC. */
export const VPC: OptionSpec = {
  type: "string",
  required: true,
  description: "id of the VPC, such as vpc-0a1b2c3d",
  pattern: { test: /^vpc-[0-9a-z]+$/, expected: "the id of a VPC, such as vpc-0a1b2c3d" },
};

/** The id of this server's ENI; usually given for each server. */
export const ENI: OptionSpec = {
  type: "string",
  required: true,
  description: "id of this server's elastic network interface, such as eni-0a1b2c3d; each server has its own",
  pattern: { test: /^eni-[0-9a-z]+$/, expected: "the id of a network interface, such as eni-0a1b2c3d" },
};

/** The allocation id of an Elastic IP. */
export const ALLOCATION: OptionSpec = {
  type: "string",
  required: true,
  description: "allocation id of the Elastic IP, such as eipalloc-0a1b2c3d",
  pattern: { test: /^eipalloc-[0-9a-z]+$/, expected: "an allocation id, such as eipalloc-0a1b2c3d" },
};

/** The virtual IP address. */
export const VIP: OptionSpec = {
  type: "address",
  required: true,
  description: "the virtual IP address, outside every CIDR block of the VPC",
};

/** The name of the NIC, where it can't be found by the hardware address. */
export const NIC: OptionSpec = {
  type: "string",
  description: "name of the network interface the address goes on; left out: the one with the hardware address of eni",
};
