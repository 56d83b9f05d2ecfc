import type { Cause } from "../entry.ts";

/** What another program on the network answered. */
export const NETWORK: readonly Cause[] = [
  {
    what: "Nothing listens there.",
    sign: /refuses connections|closed the connection/,
    check: "on that machine, ss -ltn (Windows: netstat -an) shows what listens, and on which address",
    remedy: "start the service, or correct host, port or url",
  },
  {
    what: "This server has no route there, or does not know the name.",
    sign: /not reachable from here|could not be tried/,
    check: "ip route get ADDRESS, and getent hosts NAME, on this server",
    remedy: "correct the route table of the subnet, the name, or the name service",
  },
  {
    what: "The web server answers something else than is expected.",
    sign: /expected is|is not in the first|does not speak HTTP/,
    check: "curl -i the url on this server",
    remedy: "repair the service, or correct status, contains, method or url",
  },
  {
    what: "The certificate can't be verified.",
    sign: /can't prove who it is/,
    check: "openssl s_client -connect HOST:PORT shows who has signed it and until when it is valid",
    remedy: "renew it, or name the CA in caFile when it is your own",
  },
];
