/**
 * Every action that the sandbox speaks.
 *
 * @module
 */
import type { Actions } from "./action.ts";
import { addressActions } from "./addresses.ts";
import { availabilityZoneActions } from "./availability_zones.ts";
import { creationActions } from "./creation.ts";
import { filterActions } from "./packet_filters.ts";
import { instanceActions } from "./instances.ts";
import { networkInterfaceActions } from "./network_interfaces.ts";
import { privateAddressActions } from "./private_addresses.ts";
import { routeTableActions } from "./route_tables.ts";
import { routeActions } from "./routes.ts";
import { endActions } from "./instance_ends.ts";
import { runActions } from "./run_instances.ts";
import { vpcActions } from "./vpcs.ts";

/** By name. */
export const ACTIONS: Actions = {
  ...vpcActions,
  ...creationActions,
  ...routeTableActions,
  ...routeActions,
  ...networkInterfaceActions,
  ...privateAddressActions,
  ...filterActions,
  ...addressActions,
  ...availabilityZoneActions,
  ...instanceActions,
  ...runActions,
  ...endActions,
};
