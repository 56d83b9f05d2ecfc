import { everywhere, type Permission } from "../core/plugin/permission.ts";

/** What a record needs to be allowed: reading for all who look, changing for who moves it. */
export function dnsPermissions(zone: string, changes: boolean): Permission[] {
  const resources = [`arn:{partition}:route53:::hostedzone/${zone}`];
  const reading = { action: "route53:ListResourceRecordSets", resources, purpose: "the record" };
  if (!changes) return [reading];
  return [
    reading,
    { action: "route53:ChangeResourceRecordSets", resources, purpose: "moving the record" },
    // The id of a change is not known before it is made.
    everywhere("route53:GetChange", "whether all name servers have it"),
  ];
}
