import { inArea } from "../areas.ts";
import type { CodeEntry } from "../entry.ts";
import { AWS_ACCESS } from "./aws_access.ts";
import { AWS_THINGS } from "./aws_things.ts";
import { NETWORK } from "./network.ts";
import { STORES } from "./stores.ts";

/** 5: the guide's "the AWS CLI command failed". Baton has no command line client; it is what was asked that said no. */
export const REQUEST: CodeEntry = {
  code: 5,
  title: "what was asked for was refused, or does not exist",
  meaning:
    "EC2, a store, a web server or this machine gave an answer, and the answer is no: something that cluster.yaml " +
    "names does not exist, may not be used, or is not as it has to be. As a warning (105) it is not known whether it is so.",
  from: [
    "resource aws-vip",
    "resource aws-eip",
    "resource aws-secondary-ip",
    "resource aws-dns",
    "resource floating-ip",
    "resource service",
    "monitor aws-vip",
    "monitor aws-eip",
    "monitor aws-az",
    "monitor aws-secondary-ip",
    "monitor aws-dns",
    "monitor http",
    "monitor tcp",
    "quorum http",
    "quorum tcp",
    "quorum s3",
    "quorum dynamodb",
    "quorum etcd",
    "fence aws-stop",
  ],
  causes: [
    ...inArea("aws", [...AWS_ACCESS, ...AWS_THINGS]),
    ...inArea("network", NETWORK),
    ...inArea("stores", STORES),
  ],
  commands: ["baton check", "baton status", "baton explain NAME"],
  guide: ["vip-5", "vip-5-vpc", "vip-5-eni", "eip-5", "eip-5-allocation", "eip-5-eni", "az-5", "az-5-zone"],
};
