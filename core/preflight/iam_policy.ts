/**
 * The least policy for one `cluster.yaml`: only the actions that its types call, for the things that it names.
 *
 * @module
 */
import { partitionOf } from "../aws/partition.ts";
import type { ClusterConfig } from "../config/config.ts";
import { everywhere, type Permission } from "../plugin/permission.ts";
import { cidrContains } from "../plugin/ip_address.ts";
import { allPermissions } from "./plugins.ts";

/** What stands in the ARNs; what is left out stays a placeholder. */
export interface PolicyPlace {
  region?: string;
  /** Twelve digits. */
  account?: string;
}

/** A statement of a policy. */
export interface PolicyStatement {
  Sid: string;
  Effect: "Allow";
  Action: string[];
  Resource: string | string[];
  Condition?: Permission["condition"];
}

/** A policy as IAM takes it. */
export interface PolicyDocument {
  Version: "2012-10-17";
  Statement: PolicyStatement[];
}

/** A policy, and why each action is in it. */
export interface ExplainedPolicy {
  document: PolicyDocument;
  /** One for each action, in the order of the document. */
  actions: { action: string; purposes: string[]; resourceLevel: boolean }[];
}

/** Puts the policy together. Without AWS types it has no statement. */
export function iamPolicy(config: ClusterConfig, place: PolicyPlace): ExplainedPolicy {
  const permissions = [...allPermissions(config), ...clusterPermissions(config)];
  const actions = new Map<
    string,
    { resources: Set<string>; purposes: Set<string>; condition: Permission["condition"] }
  >();
  for (const { action, resources, purpose, condition } of permissions) {
    // The same action under another condition is another permission.
    const key = `${action} ${JSON.stringify(condition ?? null)}`;
    const known = actions.get(key) ?? { resources: new Set(), purposes: new Set(), condition };
    for (const resource of resources) known.resources.add(filled(resource, place));
    known.purposes.add(purpose);
    actions.set(key, known);
  }
  const byResources = new Map<string, { actions: string[]; resources: string[]; condition: Permission["condition"] }>();
  for (const [key, { resources, condition }] of [...actions].sort(([a], [b]) => a.localeCompare(b))) {
    // What holds for all things makes naming some of them pointless.
    const list = resources.has("*") ? ["*"] : [...resources].sort();
    const together = `${list.join(" ")} ${JSON.stringify(condition ?? null)}`;
    const statement = byResources.get(together) ?? { actions: [], resources: list, condition };
    statement.actions.push(key.split(" ")[0]!);
    byResources.set(together, statement);
  }
  const statements = [...byResources.values()].map(({ actions, resources, condition }, index): PolicyStatement => ({
    Sid: `Baton${index + 1}`,
    Effect: "Allow",
    Action: actions,
    Resource: resources.length === 1 ? resources[0]! : resources,
    ...(condition === undefined ? {} : { Condition: filledCondition(condition, place) }),
  }));
  return {
    document: { Version: "2012-10-17", Statement: statements },
    actions: statements.flatMap(({ Action, Resource }) =>
      Action.map((action) => ({
        action,
        purposes: [...new Set(permissions.filter((one) => one.action === action).map(({ purpose }) => purpose))],
        resourceLevel: Resource !== "*",
      }))
    ),
  };
}

/** What preflights look at besides the things that types name; see `cloud.ts`. */
function clusterPermissions({ servers, ...config }: ClusterConfig): Permission[] {
  const uses = allPermissions({ servers, ...config }).some(({ action }) => action.startsWith("ec2:"));
  const apart = servers.length > 1 &&
    servers.some(({ interconnect }) => interconnect.some(({ host }) => !cidrContains("127.0.0.0/8", host)));
  if (!uses || !apart) return [];
  return [
    everywhere("ec2:DescribeNetworkInterfaces", "preflight: who has the interconnect addresses"),
    everywhere("ec2:DescribeSecurityGroups", "preflight: holes between the servers"),
    everywhere("ec2:DescribeNetworkAcls", "preflight: holes between the servers"),
  ];
}

function filledCondition(condition: NonNullable<Permission["condition"]>, place: PolicyPlace) {
  return Object.fromEntries(
    Object.entries(condition).map(([operator, keys]) => [
      operator,
      Object.fromEntries(Object.entries(keys).map(([key, value]) => [key, filled(value, place)])),
    ]),
  );
}

/** What is not known stays in words that IAM refuses, so that nobody uses it unfinished. */
function filled(arn: string, { region, account }: PolicyPlace): string {
  return arn
    .replaceAll("{partition}", partitionOf(region ?? ""))
    .replaceAll("{region}", region ?? "REGION")
    .replaceAll("{account}", account ?? "ACCOUNT");
}
