/**
 * DescribeAvailabilityZones.
 *
 * @module
 */
import type { Action, Actions } from "./action.ts";
import { invalidValue } from "./errors.ts";
import { filtered } from "./query.ts";

const describeAvailabilityZones: Action = {
  mutating: false,
  plan({ region, query }) {
    const names = query.list("ZoneName");
    const ids = query.list("ZoneId");
    const unknown = [
      ...names.filter((name) => !region.zones.some((zone) => zone.name === name)),
      ...ids.filter((id) => !region.zones.some((zone) => zone.id === id)),
    ];
    if (unknown.length > 0) throw invalidValue(`Invalid availability zone: [${unknown.join(", ")}]`);
    const named = region.zones.filter((zone) =>
      (names.length === 0 || names.includes(zone.name)) && (ids.length === 0 || ids.includes(zone.id))
    );
    const chosen = filtered(named, query.filters(), {
      "zone-name": (zone) => [zone.name],
      "zone-id": (zone) => [zone.id],
      "zone-type": () => ["availability-zone"],
      "region-name": () => [region.name],
      "group-name": () => [region.name],
      "opt-in-status": () => ["opt-in-not-required"],
      "state": (zone) => [zone.state],
      "message": (zone) => zone.messages,
    });
    return () => ({
      availabilityZoneInfo: chosen.map((zone) => ({
        zoneName: zone.name,
        zoneId: zone.id,
        zoneState: zone.state,
        zoneType: "availability-zone",
        regionName: region.name,
        groupName: region.name,
        networkBorderGroup: region.name,
        optInStatus: "opt-in-not-required",
        messageSet: zone.messages.map((message) => ({ message })),
      })),
    });
  },
};

/** The actions of this family. */
export const availabilityZoneActions: Actions = { DescribeAvailabilityZones: describeAvailabilityZones };
