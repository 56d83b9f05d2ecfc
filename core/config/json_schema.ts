/**
 * The JSON Schema of `cluster.yaml`, for completion and checks in editors. It is generated from the declarations that
 * the file is validated with.
 *
 * @module
 */
import type { Plugin, PluginKind } from "../plugin/contract.ts";
import type { OptionSpec, OptionSpecs } from "../plugin/options.ts";
import type { PluginTable } from "../plugin/registry.ts";
import { CLUSTER_SHAPE } from "./cluster.ts";
import { isValueShape, NAME, type SectionShape, type Shape, type ValueShape } from "./shape/shape.ts";

/** A JSON Schema, draft 2020-12. */
export type JsonSchema = { [key: string]: unknown };

const DURATION = "^\\d+(\\.\\d+)?\\s*(ms|s|m|h)$";
const ADDRESS = "^[0-9A-Fa-f:.]+$";
const ENDPOINT = "^(\\[[^\\]]+\\]|[^:\\s\\[\\]]+):\\d{1,5}$";

type Catalogue = Readonly<Record<PluginKind, readonly (readonly [type: string, plugin: Plugin])[]>>;

/** Generates the schema, with the options of all built-in types. Types of drop-ins are accepted with any options. */
export async function jsonSchema(builtIns: PluginTable): Promise<JsonSchema> {
  const catalogue = {
    resource: await loadKind(builtIns, "resource"),
    monitor: await loadKind(builtIns, "monitor"),
    quorum: await loadKind(builtIns, "quorum"),
    fence: await loadKind(builtIns, "fence"),
  };
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "cluster.yaml of Baton",
    ...sectionSchema(CLUSTER_SHAPE, catalogue),
  };
}

async function loadKind(builtIns: PluginTable, kind: PluginKind): Promise<[string, Plugin][]> {
  const loaded: [string, Plugin][] = [];
  for (const [type, module] of Object.entries(builtIns[kind]).sort(([a], [b]) => a < b ? -1 : 1)) {
    loaded.push([type, (await module()).default]);
  }
  return loaded;
}

function shapeSchema(shape: Shape, catalogue: Catalogue): JsonSchema {
  if (isValueShape(shape)) return valueSchema(shape);
  switch (shape.form) {
    case "section":
      return sectionSchema(shape, catalogue);
    case "table":
      return {
        type: "object",
        description: shape.description,
        minProperties: shape.required ? 1 : 0,
        propertyNames: { pattern: NAME.test.source },
        additionalProperties: sectionSchema(shape.of, catalogue),
      };
    case "word-or-section": {
      const { description: _, ...word } = valueSchema(shape.word);
      return { description: shape.description, anyOf: [word, sectionSchema(shape.section, catalogue)] };
    }
    case "list": {
      const { description: _, ...word } = valueSchema(shape.word);
      const items = [word, sectionSchema(shape.section, catalogue)];
      return {
        description: shape.description,
        anyOf: [...items, { type: "array", items: { anyOf: items }, minItems: 1 }],
      };
    }
    case "individually":
      return { type: "object", description: shape.description, additionalProperties: { type: "object" } };
  }
}

function sectionSchema(shape: SectionShape, catalogue: Catalogue): JsonSchema {
  const properties: Record<string, JsonSchema> = {};
  for (const [key, child] of Object.entries(shape.keys)) properties[key] = shapeSchema(child, catalogue);
  const required = Object.entries(shape.keys).filter(([, child]) => child.required).map(([key]) => key);
  const base = { type: "object", description: shape.description, ...(required.length > 0 ? { required } : {}) };
  if (shape.plugin === undefined) return { ...base, properties, additionalProperties: shape.open ?? false };
  const types = catalogue[shape.plugin];
  const typeNames = types.map(([type, plugin]) => ({ const: type, description: plugin.description }));
  properties.type = { ...properties.type, anyOf: [...typeNames, { type: "string" }] };
  return {
    ...base,
    properties,
    // Keys of `properties` above are known to every branch only when the branch names them too.
    allOf: types.map(([type, plugin]) => ({
      if: { properties: { type: { const: type } }, required: ["type"] },
      then: optionsSchema(plugin.options, Object.keys(shape.keys)),
    })),
  };
}

/** What stands beside the common keys when a built-in type is named. */
function optionsSchema(options: OptionSpecs, commonKeys: readonly string[]): JsonSchema {
  const properties: Record<string, unknown> = Object.fromEntries(commonKeys.map((key) => [key, true]));
  const own: Record<string, JsonSchema> = {};
  for (const [name, spec] of Object.entries(options)) own[name] = valueSchema(spec);
  const required = Object.keys(options).filter((name) => options[name]?.required);
  return {
    properties: {
      ...properties,
      ...own,
      individually: {
        type: "object",
        additionalProperties: { type: "object", properties: own, additionalProperties: false },
      },
    },
    additionalProperties: false,
    // An option that every server has for itself need not stand among the common ones.
    ...(required.length > 0 ? { anyOf: [{ required }, { required: ["individually"] }] } : {}),
  };
}

function valueSchema(spec: ValueShape): JsonSchema {
  const description = { description: spec.description };
  const fallback = spec.default === undefined ? {} : { default: spec.default };
  if (spec.type === "map") {
    const single = ["string", "number", "boolean"].map((type) => ({ type }));
    return { ...description, type: "object", additionalProperties: { anyOf: single } };
  }
  const element = ELEMENTS[spec.type];
  if (element === undefined) return { ...description, ...scalarSchema(spec, spec.type), ...fallback };
  const items = scalarSchema(spec, element);
  const list = { type: "array", items, minItems: 1 };
  return { ...description, ...(spec.single ? { anyOf: [items, list] } : list), ...fallback };
}

const ELEMENTS: Partial<Record<OptionSpec["type"], OptionSpec["type"]>> = {
  strings: "string",
  addresses: "address",
  endpoints: "endpoint",
  integers: "integer",
};

function scalarSchema(spec: OptionSpec, type: OptionSpec["type"]): JsonSchema {
  const oneOf = spec.oneOf === undefined ? {} : { enum: [...spec.oneOf] };
  switch (type) {
    case "boolean":
      return { type: "boolean" };
    case "integer":
    case "number":
      return {
        type,
        ...(spec.min === undefined ? {} : { minimum: spec.min }),
        ...(spec.max === undefined ? {} : { maximum: spec.max }),
        ...oneOf,
      };
    case "duration":
      return { type: "string", pattern: DURATION };
    case "address":
      return { type: "string", pattern: ADDRESS };
    case "endpoint":
      return { type: "string", pattern: ENDPOINT };
    default:
      return { type: "string", minLength: 1, ...(spec.pattern ? { pattern: spec.pattern.test.source } : {}), ...oneOf };
  }
}
