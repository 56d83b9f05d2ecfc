/**
 * The part of JSON Schema that the schema of `cluster.yaml` uses, as a check. It refuses keywords it does not know, so
 * that it never passes what it does not understand.
 *
 * @module
 */

type Schema = Readonly<Record<string, unknown>> | boolean;
type Check = (argument: unknown, value: unknown, schema: Readonly<Record<string, unknown>>) => boolean;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const all = (schemas: unknown) => schemas as readonly Schema[];

const CHECKS: Readonly<Record<string, Check>> = {
  $schema: () => true,
  title: () => true,
  description: () => true,
  default: () => true,
  type: (type, value) => {
    if (type === "object") return isObject(value);
    if (type === "array") return Array.isArray(value);
    if (type === "integer") return Number.isInteger(value);
    const form: string = typeof value;
    return form === type;
  },
  const: (wanted, value) => wanted === value,
  enum: (wanted, value) => (wanted as unknown[]).includes(value),
  pattern: (pattern, value) => typeof value !== "string" || new RegExp(String(pattern)).test(value),
  minLength: (length, value) => typeof value !== "string" || value.length >= Number(length),
  minimum: (limit, value) => typeof value !== "number" || value >= Number(limit),
  maximum: (limit, value) => typeof value !== "number" || value <= Number(limit),
  minItems: (count, value) => !Array.isArray(value) || value.length >= Number(count),
  minProperties: (count, value) => !isObject(value) || Object.keys(value).length >= Number(count),
  items: (schema, value) => !Array.isArray(value) || value.every((item) => fits(schema as Schema, item)),
  required: (keys, value) => !isObject(value) || (keys as string[]).every((key) => Object.hasOwn(value, key)),
  propertyNames: (schema, value) => !isObject(value) || Object.keys(value).every((key) => fits(schema as Schema, key)),
  properties: (properties, value) =>
    !isObject(value) ||
    Object.entries(properties as Record<string, Schema>)
      .every(([key, schema]) => !Object.hasOwn(value, key) || fits(schema, value[key])),
  additionalProperties: (schema, value, { properties }) =>
    !isObject(value) ||
    Object.entries(value)
      .every(([key, child]) => Object.hasOwn(properties as object ?? {}, key) || fits(schema as Schema, child)),
  anyOf: (schemas, value) => all(schemas).some((schema) => fits(schema, value)),
  allOf: (schemas, value) => all(schemas).every((schema) => fits(schema, value)),
  if: (condition, value, schema) =>
    !fits(condition as Schema, value) || schema.then === undefined || fits(schema.then as Schema, value),
  then: () => true,
};

/** True when `value` is what `schema` describes. Throws at a keyword it does not know. */
export function fits(schema: Schema, value: unknown): boolean {
  if (typeof schema === "boolean") return schema;
  return Object.entries(schema).every(([keyword, argument]) => {
    const check = CHECKS[keyword];
    if (check === undefined) throw new Error(`the schema uses ${keyword}, which this check does not know`);
    return check(argument, value, schema);
  });
}
