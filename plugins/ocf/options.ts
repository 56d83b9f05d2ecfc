/**
 * Parameters of OCF agents as options.
 *
 * @module
 */
import type { OptionSpec, OptionSpecs } from "../../core/plugin/options.ts";
import type { OcfParameter } from "./meta_data.ts";

/** The keys that every resource or monitor has already: a parameter of that name gets the prefix `ocf_`. */
export const TAKEN_KEYS: readonly string[] = [
  "type",
  "individually",
  "dependsOn",
  "activation",
  "deactivation",
  "monitor",
  "interval",
  "timeout",
  "retries",
  "startDelay",
  "recovery",
  "timing",
  "servers",
  "instance",
];

/** Names of parameters whose values nobody must see. */
const SECRET = /passw|passwd|secret|token|credential|(?:^|_)(?:pass|key)$/i;

const TYPES: Readonly<Record<string, OptionSpec["type"]>> = { integer: "integer", boolean: "boolean" };

/** The option that holds a parameter. */
export function parameterOf(name: string): string {
  return TAKEN_KEYS.includes(name) ? `ocf_${name}` : name;
}

/** Whether the value of a parameter is a secret. */
export function isSecret(name: string): boolean {
  return SECRET.test(name);
}

/** The options of an agent with these parameters. */
export function optionsOf(parameters: readonly OcfParameter[]): OptionSpecs {
  return Object.fromEntries(parameters.map(({ name, type, required, fallback, description }) => {
    const said = description === "" ? `the parameter ${name}` : description;
    const spec: OptionSpec = {
      type: TYPES[type.toLowerCase()] ?? "string",
      description: fallback === "" || isSecret(name) ? said : `${said}; the agent's default: ${fallback.slice(0, 100)}`,
      ...(required ? { required } : {}),
      ...(isSecret(name) ? { secret: true } : {}),
    };
    return [parameterOf(name), spec];
  }));
}
