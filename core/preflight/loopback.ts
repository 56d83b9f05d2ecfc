import { cidrContains } from "../plugin/ip_address.ts";

/** Whether only this machine itself can be meant. */
export function isLoopback(host: string): boolean {
  return host === "::1" || cidrContains("127.0.0.0/8", host);
}
