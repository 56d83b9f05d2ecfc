/**
 * What an OCF agent says of itself: the XML that its action `meta-data` prints.
 *
 * @module
 */
import { parseXml, XmlElement } from "@rgrove/parse-xml";

/** A parameter, which becomes an option. */
export interface OcfParameter {
  name: string;
  type: string;
  required: boolean;
  /** No two resources of the agent may have the same value. */
  unique: boolean;
  /** What the agent uses when it is not told; shown, not passed on: some compute it from the name of the resource. */
  fallback: string;
  description: string;
}

/** Times that the agent's authors advise for an action. */
export interface OcfAction {
  timeoutMs?: number;
  intervalMs?: number;
}

/** The meta-data of an agent. */
export interface OcfMetaData {
  description: string;
  parameters: OcfParameter[];
  /** By name; of several monitors the one with the lowest depth that watches what runs. */
  actions: ReadonlyMap<string, OcfAction>;
}

const PARAMETER_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;
const UNIT_MS: Readonly<Record<string, number>> = {
  "": 1_000,
  ms: 1,
  msec: 1,
  s: 1_000,
  sec: 1_000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
};

/** Reads meta-data. Throws an error with one sentence when it is none. */
export function parseMetaData(xml: string): OcfMetaData {
  // Some agents log a line before they print it.
  const start = xml.search(/<\?xml|<resource-agent/);
  const root = start < 0 ? null : parseXml(xml.slice(start)).root;
  if (root?.name !== "resource-agent") throw new Error("it prints no resource-agent element");
  const parameters = childrenOf(childOf(root, "parameters"), "parameter").map(readParameter);
  const actions = new Map<string, OcfAction>();
  for (const element of childrenOf(childOf(root, "actions"), "action")) {
    const { name = "", timeout, interval, role, depth = "0" } = element.attributes;
    const special = depth !== "0" || /^(?:master|promoted)$/i.test(role ?? "");
    const other = actions.has(name) && special;
    if (other) continue;
    actions.set(name, { ...timeMs("timeoutMs", timeout), ...timeMs("intervalMs", interval) });
  }
  return { description: sentence(root) || root.attributes.name || "", parameters, actions };
}

function readParameter(element: XmlElement): OcfParameter {
  const { name = "", required = "", unique = "", "unique-group": group = "" } = element.attributes;
  if (!PARAMETER_NAME.test(name)) throw new Error(`it has a parameter with the name ${JSON.stringify(name)}`);
  const content = childOf(element, "content")?.attributes ?? {};
  return {
    name,
    type: content.type ?? "string",
    required: /^(?:1|true|yes)$/i.test(required),
    unique: group !== "" || /^(?:1|true|yes)$/i.test(unique),
    fallback: content.default ?? "",
    description: sentence(element),
  };
}

/** The short description, else the beginning of the long one, on one line without its full stop. */
function sentence(of: XmlElement): string {
  for (const name of ["shortdesc", "longdesc"]) {
    const text = (inEnglish(childrenOf(of, name))?.text ?? "").replaceAll(/\s+/g, " ").trim();
    const [first = ""] = text.split(/\.(?= |$)/);
    if (first !== "") return first.slice(0, 200);
  }
  return "";
}

function inEnglish(elements: readonly XmlElement[]): XmlElement | undefined {
  return elements.find(({ attributes }) => attributes.lang?.startsWith("en")) ?? elements[0];
}

function childrenOf(of: XmlElement | undefined, name: string): XmlElement[] {
  const children = of?.children ?? [];
  return children.filter((child): child is XmlElement => child instanceof XmlElement && child.name === name);
}

function childOf(of: XmlElement, name: string): XmlElement | undefined {
  return childrenOf(of, name)[0];
}

/** A time as agents write it: a number is seconds. */
function timeMs(as: keyof OcfAction, text: string | undefined): OcfAction {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text?.trim() ?? "");
  const unitMs = UNIT_MS[match?.[2]?.toLowerCase() ?? "?"];
  const ms = match === null || unitMs === undefined ? 0 : Math.round(Number(match[1]) * unitMs);
  return ms > 0 ? { [as]: ms } : {};
}
