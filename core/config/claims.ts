/**
 * What resources claim: two that take the same address, record or service would take it from each other for ever, and
 * each would be well whenever it looks right after its turn. No server sees that while it runs, so the file is refused.
 *
 * @module
 */
import { resolve } from "node:path";
import { FAULT_CODES } from "../plugin/fault.ts";
import { canonicalIp } from "../plugin/ip_address.ts";
import type { Claim } from "../plugin/contract.ts";
import type { ResourceConfig, ServerConfig } from "./config.ts";
import type { FileContext } from "./context.ts";
import type { ReadGroup } from "./groups.ts";
import { optionPlace } from "./per_server.ts";
import type { Place } from "./problem.ts";

/** The word of the claim that is compared with the addresses of the servers too. */
const ADDRESS = "IP address";

/** Words whose values can be written in several ways: the values that name the thing to the one spelling. */
const SPELLINGS: Readonly<Record<string, (values: readonly string[]) => readonly string[]>> = {
  [ADDRESS]: addressOf,
  "secondary private IP": addressOf,
  "service": ([name = ""]) => [name.replace(/\.service$/, "")],
  "DNS record": ([name = "", zone = "", type]) => [name.toLowerCase().replace(/\.$/, ""), zone, type ?? "A"],
  "mount point": ([path = ""]) => [resolve(path)],
};

function addressOf([text = ""]: readonly string[]): readonly string[] {
  const [bare = ""] = text.split("/");
  return [canonicalIp(bare) ?? bare];
}

/** Something that a resource takes for itself on one server. */
interface Claimed {
  claim: Claim;
  resource: ResourceConfig;
  server: string;
  /** The values that name it, for people. */
  shown: string;
  place: Place;
}

/** Reports resources that claim what another one has, or an address by which the servers hear each other. */
export function checkClaims(
  groups: readonly ReadGroup[],
  servers: readonly ServerConfig[],
  context: FileContext,
): void {
  const interconnects = new Map(
    servers.flatMap(({ name, interconnect }) => interconnect.map(({ host }) => [host, name] as const)),
  );
  const owners = new Map<string, Claimed>();
  for (const { config, at } of groups.flatMap(({ resources }) => resources)) {
    const told = new Set<string>();
    const say = (about: string, place: Place, sentence: string) => {
      if (told.has(about)) return;
      told.add(about);
      context.problems.add(place, sentence, FAULT_CODES.fileName);
    };
    for (const [server, options] of config.options) {
      for (const claim of config.plugin.claims ?? []) {
        const [first = ""] = claim.options;
        const place = optionPlace(at, first, server);
        for (const { key, value } of namesOf(claim, options)) {
          const shown = textOf(claim, value, config, options);
          const peer = claim.what === ADDRESS ? interconnects.get(key[0]!) : undefined;
          if (peer !== undefined) say(`peer ${value}`, place, interconnectProblem(value, peer));
          const mine: Claimed = { claim, resource: config, server, shown, place };
          const scope = claim.within === "cluster" ? "" : server;
          const id = JSON.stringify([claim.what, scope, key]);
          const owner = owners.get(id);
          if (owner === undefined) owners.set(id, mine);
          else if (owner.resource !== config) say(`${claim.what} ${value}`, place, twice(mine, owner));
        }
      }
    }
  }
}

/** What a claim is with these options; a list claims each of its values. */
function namesOf({ what, options: names }: Claim, options: Readonly<Record<string, unknown>>) {
  const [first, ...others] = names.map((name) => options[name]);
  if (first === undefined) return [];
  const more = others.map((value) => value === undefined ? undefined : String(value)) as string[];
  return (Array.isArray(first) ? first : [first]).map((each) => {
    const value = typeof each === "object" ? JSON.stringify(each) : String(each);
    return { value, key: SPELLINGS[what]?.([value, ...more]) ?? [value, ...more] };
  });
}

/** The thing as a person would call it: `eni-1 without privateIp`. */
function textOf(
  { options: [first = "", ...others] }: Claim,
  value: string,
  { plugin }: ResourceConfig,
  options: Readonly<Record<string, unknown>>,
): string {
  const more = others.map((name) => options[name] === undefined ? ` without ${name}` : `, ${name} ${options[name]}`);
  if ([first, ...others].some((name) => plugin.options[name]?.secret)) return `the value of ${first}`;
  return value + more.join("");
}

function twice({ claim, shown, server, resource }: Claimed, owner: Claimed): string {
  const where = resource.group === owner.resource.group ? "the same group" : `the group ${owner.resource.group}`;
  const scope = claim.within === "cluster" ? "" : ` on ${server}`;
  return `the ${claim.what} ${shown}${scope} belongs to ${owner.resource.name} of ${where} already (line ` +
    `${owner.place.line}); two resources would take it from each other: give each its own, or remove one`;
}

function interconnectProblem(ip: string, server: string): string {
  return `${ip} is an interconnect address of ${server}, which would be taken from it; choose an address that no ` +
    "server has";
}
