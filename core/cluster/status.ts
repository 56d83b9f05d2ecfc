/** The guide's words for the state of a group or a resource on one server. */
export type GroupStatus =
  | "online"
  | "offline"
  | "online-pending"
  | "offline-pending"
  | "online-failure"
  | "offline-failure";
