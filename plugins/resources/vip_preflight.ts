/**
 * Looks whether this server could take a virtual IP: everything that chapters 3, 4 and 7 of the guide tell to look at.
 *
 * @module
 */
import type { InspectedInterface, InspectedTable } from "../../core/aws/inspection.ts";
import type { PreflightContext } from "../../core/plugin/contract.ts";
import { FAULT_CODES } from "../../core/plugin/fault.ts";
import { broken, doubtful, type Finding, fine } from "../../core/plugin/finding.ts";
import { cidrContains, hostBlock } from "../../core/plugin/ip_address.ts";
import { ec2Arn, everywhere, type Permission } from "../../core/plugin/permission.ts";
import { attemptFinding, inspectEni, look, ownershipFinding, wayOutFinding } from "../aws_findings.ts";
import { together } from "../together.ts";
import type { AwsVipOptions } from "./aws-vip.ts";
import { hasRoute, stepOf } from "./vip_plan.ts";
import { noTableFault, readVipTables, tableSets } from "./vip_tables.ts";

/** Tables whose right is tried at most; a policy that names tables one by one is rarely longer. */
const MAX_ATTEMPTS = 20;

/** Of the resource (`changes`: it has to be allowed to rewrite routes), and of a monitor that only looks. */
export async function vipPreflight(
  context: PreflightContext<AwsVipOptions>,
  changes: boolean,
): Promise<Finding[]> {
  const [cidrs, things, fixed] = await Promise.all([
    look(context.name, () => checkCidrs(context)),
    look(context.name, () => checkCloud(context, changes)),
    look(context.name, () => checkNics(context)),
  ]);
  return [...cidrs, ...things, ...fixed];
}

async function checkCidrs({ name, options: { ip, vpc }, signal, ...context }: PreflightContext<AwsVipOptions>) {
  const cidrs = await (await context.ec2()).vpcCidrs(vpc, { signal });
  const block = cidrs.find((cidr) => cidrContains(cidr, ip));
  return block === undefined ? [fine(name, `${ip} is outside ${cidrs.join(", ")}, the blocks of ${vpc}`)] : [broken(
    name,
    FAULT_CODES.address,
    `the VIP ${ip} lies inside ${block}, a CIDR block of ${vpc}`,
    `choose an address outside ${cidrs.join(", ")}`,
  )];
}

/** Before the group is here the address must not be: what the system itself sets is on every server at once. */
async function checkNics({ name, options: { ip }, signal, os }: PreflightContext<AwsVipOptions>): Promise<Finding[]> {
  const host = ip.includes(":") ? 128 : 32;
  for (const nic of await os.nics(signal)) {
    const found = nic.addresses.find((address) => address.ip === ip && address.prefix !== host);
    if (found === undefined) continue;
    return [broken(
      name,
      FAULT_CODES.nicAddress,
      `the VIP ${ip} is configured on ${nic.name} by the system, as /${found.prefix}`,
      `take ${ip} out of the network configuration of this server: Baton sets it where the group is active`,
    )];
  }
  return [];
}

async function checkCloud(context: PreflightContext<AwsVipOptions>, changes: boolean): Promise<Finding[]> {
  const { name, options, signal } = context;
  const inspection = await context.inspect();
  const [eni, tables] = await together([
    inspectEni(context, options.eni),
    inspection.tables(options.vpc, { signal }),
  ]);
  const findings = [await ownershipFinding(context, eni), sourceDestFinding(context, eni)];
  if (eni.vpcId !== options.vpc) {
    findings.push(broken(
      name,
      FAULT_CODES.requestFailed,
      `${eni.id} lies in ${eni.vpcId}, not in ${options.vpc}`,
      `correct vpc, or eni of ${context.server}`,
    ));
  }
  findings.push(wayOutFinding(name, tables, eni), ...routeFindings(context, eni, tables));
  if (options.assumeRole !== undefined) findings.push(...await look(name, () => roleFindings(context)));
  if (changes) findings.push(...await rightFindings(context, tables));
  return findings;
}

function sourceDestFinding({ name, options }: PreflightContext<AwsVipOptions>, eni: InspectedInterface): Finding {
  if (!eni.sourceDestCheck) return fine(name, `the source/destination check of ${eni.id} is off`);
  if (options.sourceDestCheck === "disable") {
    return fine(name, `the source/destination check of ${eni.id} is on; activation switches it off`);
  }
  return broken(
    name,
    FAULT_CODES.sourceDestCheck,
    `the source/destination check of ${eni.id} is on, so EC2 drops what is sent to ${options.ip}`,
    `turn it off: aws ec2 modify-network-interface-attribute --network-interface-id ${eni.id} --no-source-dest-check, ` +
      "or set sourceDestCheck: disable",
  );
}

function routeFindings(
  context: PreflightContext<AwsVipOptions>,
  eni: InspectedInterface,
  tables: readonly InspectedTable[],
): Finding[] {
  const { name, options } = context;
  const block = hostBlock(options.ip);
  const own = new Set([...context.everywhere.values()].map((each) => each.eni));
  const rows = tables.flatMap((table) => {
    const route = table.routes.find(({ destination }) => destination === block);
    return route === undefined ? [] : [{ table, route }];
  });
  if (rows.length === 0 && options.createRoute !== true) {
    const { code, message, remedy } = noTableFault(options);
    return [broken(name, code, message, remedy)];
  }
  const findings: Finding[] = [];
  for (const { table, route } of rows) {
    if (route.state === "active" && !own.has(route.target)) {
      findings.push(broken(
        name,
        FAULT_CODES.foreign,
        `${table.id} leads ${block} to ${route.target || "something unknown"}, which is of no server of this cluster`,
        "see whether another cluster uses the same VIP; if not, point the route to the ENI of one of the servers",
      ));
    } else if (route.state === "blackhole") {
      findings.push(doubtful(
        name,
        FAULT_CODES.routeRow,
        `${table.id} leads ${block} into a black hole: ${route.target || "its target"} is gone, or its instance is off`,
        "nothing, if that server is down on purpose: the next activation points the route to itself",
      ));
    } else findings.push(fine(name, `${table.id} leads ${block} to ${route.target}`));
  }
  const named = tables.some(({ subnetIds }) => subnetIds.includes(eni.subnetId));
  for (const table of tables) {
    if (hasRoute(table, options.ip)) continue;
    const step = stepOf(options, table, options.tables);
    if (step === "create") findings.push(fine(name, `${table.id} has no route for ${block}; activation adds it`));
    else if (step === "refused" && options.createRoute === true) findings.push(gatewayFinding(name, table, block));
    // Without anything to do there, what counts is whether somebody would miss the route.
    else if (step === "refused" || clientsMiss(options, table, named)) {
      findings.push(doubtful(
        name,
        FAULT_CODES.routeRow,
        `${table.id} has no route for ${block}: what is in ${
          table.subnetIds.join(", ") || "its subnets"
        } can't reach the VIP`,
        `add the route ${block} -> ${options.eni} to ${table.id}, if clients are there`,
      ));
    }
  }
  return findings;
}

/** A table that is used by subnets, where nobody has said which tables count. */
function clientsMiss({ tables }: AwsVipOptions, { subnetIds, main, gatewayIds }: InspectedTable, named: boolean) {
  return tables === undefined && gatewayIds.length === 0 && (subnetIds.length > 0 || (main && !named));
}

function gatewayFinding(name: string, { id, gatewayIds }: InspectedTable, block: string): Finding {
  return broken(
    name,
    FAULT_CODES.requestFailed,
    `${id} routes what comes in by ${gatewayIds.join(", ")}, and EC2 takes no route for ${block} there`,
    `take ${id} out of tables: what comes from a gateway finds the VIP by the routes of the subnets`,
  );
}

/** Tables of other accounts: whether their roles let themselves be assumed, and lead to the tables. */
async function roleFindings(context: PreflightContext<AwsVipOptions>): Promise<Finding[]> {
  const { name, options } = context;
  const tables = await readVipTables(await context.ec2(), options, context);
  const block = hostBlock(options.ip);
  return tableSets(options).flatMap(({ role }) => {
    if (role === undefined) return [];
    const reached = tables.filter((table) => table.role === role);
    const routed = reached.filter(({ routes }) => routes.some(({ destination }) => destination === block));
    if (routed.length > 0 || (reached.length > 0 && options.createRoute === true)) {
      return [fine(name, `${role} leads to ${reached.map(({ id }) => id).join(", ")}`)];
    }
    return [broken(
      name,
      FAULT_CODES.requestFailed,
      `none of the route tables that ${role} leads to has a route for ${block}`,
      `add the route ${block} -> ${options.eni} there, or set createRoute: true`,
    )];
  });
}

/** What is tried changes nothing, even at an endpoint that does not know dry runs: each route keeps its target. */
async function rightFindings(
  context: PreflightContext<AwsVipOptions>,
  tables: readonly InspectedTable[],
): Promise<Finding[]> {
  const destination = hostBlock(context.options.ip);
  const found: Finding[] = [];
  const planned = tables.filter((table) => stepOf(context.options, table, context.options.tables) !== "leave");
  for (const table of planned.slice(0, MAX_ATTEMPTS)) {
    const tableId = table.id;
    const route = table.routes.find((one) => one.destination === destination);
    const step = stepOf(context.options, table, context.options.tables);
    if (step !== "replace" && step !== "create") continue;
    const eniId = route?.target.startsWith("eni-") ? route.target : context.options.eni;
    const action = step === "create" ? "CreateRoute" : "ReplaceRoute";
    const finding = await attemptFinding(context, { action, tableId, destination, eniId });
    if (!found.some(({ message }) => message === finding.message)) found.push(finding);
  }
  return found;
}

/** What looking needs. */
export const VIP_READS: readonly Permission[] = [
  everywhere("ec2:DescribeVpcs", "blocks of the VPC"),
  everywhere("ec2:DescribeRouteTables", "routes of the VIP"),
  everywhere("ec2:DescribeNetworkInterfaces", "the ENI"),
];

/** What moving the VIP needs. */
export function vipChanges(
  { vpc, tables, assumeRole, createRoute, sourceDestCheck, eni }: AwsVipOptions,
): Permission[] {
  const resources = (tables ?? ["*"]).map((id) => ec2Arn(`route-table/${id}`));
  const roles = (assumeRole ?? []).map((text) => text.split(/ +/)[0] ?? "");
  // Tables that are not listed are all those of the VPC, and of no other.
  const only = tables === undefined ? { condition: { ArnEquals: { "ec2:Vpc": ec2Arn(`vpc/${vpc}`) } } } : {};
  return [
    { action: "ec2:ReplaceRoute", resources, purpose: "moving the VIP", ...only },
    ...(createRoute === true ? [{ action: "ec2:CreateRoute", resources, purpose: "adding its route", ...only }] : []),
    ...(sourceDestCheck === "disable"
      ? [{
        action: "ec2:ModifyNetworkInterfaceAttribute",
        resources: [ec2Arn(`network-interface/${eni}`)],
        purpose: "switching the source/destination check off",
      }]
      : []),
    ...(roles.length > 0 ? [{ action: "sts:AssumeRole", resources: roles, purpose: "tables of other accounts" }] : []),
  ];
}
