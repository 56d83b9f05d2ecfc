/**
 * Roles that servers can assume, such as one of the account that owns the route tables.
 *
 * @module
 */
import type { Caller } from "./ec2/cloud.ts";

/** A role by its ARN. */
export interface RoleSpec {
  /** Servers that its trust policy names; left out: all. */
  trusts?: readonly string[];
  /** Actions that are allowed, such as `ec2:Describe*`; left out: all. */
  allow?: readonly string[];
}

/** The roles of a sandbox, by their ARNs. */
export class Roles {
  constructor(private readonly roles: Readonly<Record<string, RoleSpec>>) {}

  /** Whether the server may assume the role. A role that does not exist is refused in the same words, as AWS does. */
  admits(server: string, arn: string): boolean {
    const role = this.#find(arn);
    return role !== undefined && (role.trusts === undefined || role.trusts.includes(server));
  }

  /** The caller behind the credentials of an assumed role; undefined where their holder is no role. */
  callerOf(holder: string | undefined): Caller | undefined {
    const role = holder === undefined ? undefined : this.#find(holder);
    if (role === undefined || holder === undefined) return undefined;
    return {
      principal: assumed(holder, "baton"),
      accountId: holder.split(":")[4]!,
      ...(role.allow === undefined ? {} : { allow: role.allow }),
    };
  }

  #find(arn: string): RoleSpec | undefined {
    return Object.hasOwn(this.roles, arn) ? this.roles[arn] : undefined;
  }
}

/** The ARN of who has assumed a role. */
export function assumed(arn: string, session: string): string {
  return `${arn.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")}/${session}`;
}
