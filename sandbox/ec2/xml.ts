/**
 * Answers in EC2's XML: lists are `<xSet><item>…</item></xSet>`, errors have a code, a message and a request id.
 *
 * @module
 */
import type { Ec2Error } from "./errors.ts";
import { API_VERSION } from "./query.ts";

/** A value of an element; `undefined` leaves the element out, an array becomes a set of items. */
export type XmlValue = string | number | boolean | undefined | XmlElements | readonly (XmlElements | string)[];

/** Elements in order. */
export interface XmlElements {
  [name: string]: XmlValue;
}

const DECLARATION = `<?xml version="1.0" encoding="UTF-8"?>\n`;

/** The answer of an action that succeeded. */
export function responseXml(action: string, requestId: string, body: XmlElements): string {
  const name = `${action}Response`;
  return `${DECLARATION}<${name} xmlns="http://ec2.amazonaws.com/doc/${API_VERSION}/">` +
    `${elements({ requestId, ...body })}</${name}>`;
}

/** The answer of an action that failed. */
export function errorXml(error: Ec2Error, requestId: string): string {
  return `${DECLARATION}<Response>${
    elements({ Errors: { Error: { Code: error.code, Message: error.message } }, RequestID: requestId })
  }</Response>`;
}

/** Tags as EC2 lists them. */
export function tagSet(tags: Record<string, string>): XmlElements[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}

/** Elements one after the other. */
export function elements(body: XmlElements): string {
  return Object.entries(body).map(([name, value]) => value === undefined ? "" : element(name, value)).join("");
}

function element(name: string, value: Exclude<XmlValue, undefined>): string {
  if (Array.isArray(value)) {
    return `<${name}>${value.map((item: XmlElements | string) => element("item", item)).join("")}</${name}>`;
  }
  const inner = typeof value === "object" ? elements(value as XmlElements) : escaped(String(value));
  return inner === "" ? `<${name}/>` : `<${name}>${inner}</${name}>`;
}

const ESCAPES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escaped(text: string): string {
  // deno-lint-ignore no-control-regex -- XML 1.0 has no way to write these characters; they are left out.
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, "").replace(/[&<>"]/g, (found) => ESCAPES[found]!);
}
