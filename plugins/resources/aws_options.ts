import type { OptionSpec, OptionSpecs } from "../../core/plugin/options.ts";

/** The id of a VPC. */
const VPC: OptionSpec = {
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
  distinct: "network interface",
};

/** The allocation id of an Elastic IP. */
const ALLOCATION: OptionSpec = {
  type: "string",
  required: true,
  description: "allocation id of the Elastic IP, such as eipalloc-0a1b2c3d",
  pattern: { test: /^eipalloc-[0-9a-z]+$/, expected: "an allocation id, such as eipalloc-0a1b2c3d" },
};

/** The virtual IP address. */
const VIP: OptionSpec = {
  type: "address",
  required: true,
  description: "the virtual IP address, outside every CIDR block of the VPC",
};

/** The name of the NIC, where it can't be found by the hardware address. */
export const NIC: OptionSpec = {
  type: "string",
  description: "name of the network interface the address goes on; left out: the one with the hardware address of eni",
};

/** Where a VIP is and which route tables lead to it: what the resource and its monitor have in common. */
export const VIP_OPTIONS: OptionSpecs = {
  ip: VIP,
  vpc: VPC,
  eni: ENI,
  nic: NIC,
  tables: {
    type: "strings",
    description: "only these route tables of this account; left out: every one of the VPC that has a route for the VIP",
    pattern: { test: /^rtb-[0-9a-z]+$/, expected: "the id of a route table, such as rtb-0a1b2c3d" },
  },
  assumeRole: {
    type: "strings",
    description:
      "roles for route tables that belong to other accounts: the ARN of the role, and behind it, after blanks, " +
      "the tables that it is for; without tables: every one that it sees with a route for the VIP",
    pattern: {
      test: /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+( +rtb-[0-9a-z]+)*$/,
      expected: "the ARN of a role and ids of route tables, such as " +
        '"arn:aws:iam::123456789012:role/baton-routes rtb-0a1b2c3d"',
    },
  },
  createRoute: {
    type: "boolean",
    default: false,
    description:
      "add the route where it is missing: to the tables that are listed, or else to all of the VPC, the main " +
      "one included",
  },
};

/** The private address of a secondary IP. */
export const SECONDARY_IP: OptionSpec = {
  type: "address",
  required: true,
  description: "the private IP address that moves, inside the subnet of the network interfaces of all servers",
};

/** Which EIP is to be where: what the resource and its monitor have in common. */
export const EIP_OPTIONS: OptionSpecs = {
  allocation: ALLOCATION,
  eni: ENI,
  privateIp: {
    type: "address",
    description: "the private IPv4 address of eni that the EIP stands for; left out: its first one",
  },
};
