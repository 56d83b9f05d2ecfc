/** The guide's words for the state of a group or a resource on one server. */
export type GroupStatus =
  | "online"
  | "offline"
  | "online-pending"
  | "offline-pending"
  | "online-failure"
  | "offline-failure";

/** Something may be active where a group has this status. */
export function mayBeActive(status: GroupStatus): boolean {
  return status !== "offline" && status !== "online-failure";
}
