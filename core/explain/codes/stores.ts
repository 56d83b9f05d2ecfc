import type { Cause } from "../entry.ts";

/** What a witness's store answered. */
export const STORES: readonly Cause[] = [
  {
    what: "The bucket or table does not exist in this region.",
    sign:
      /NoSuchBucket|ResourceNotFoundException|PermanentRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraint/,
    check: "look for it in the console, in the region that the option region names",
    remedy: "create it, or correct bucket, table or region of the witness",
  },
  {
    what: "What lies under the name is no record of Baton.",
    sign: /is no record|has no text in|is longer than|has no (?:ETag|version)/,
    check: "look at the object or item that the message names",
    remedy: "choose another prefix; remove the object only after you have stopped all servers",
  },
  {
    what: "etcd refuses the user, or lacks its JSON gateway or its majority.",
    sign: /was refused by |is not of etcd|with something that is not/,
    check: "etcdctl endpoint status, etcdctl alarm list, and the role of the user",
    remedy: "what the message says behind the semicolon",
  },
];
