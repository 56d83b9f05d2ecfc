/**
 * Sections whose key `type` names a plugin: the plugin's options stand beside the keys that all types have.
 *
 * @module
 */
import type { PluginKind } from "../plugin/contract.ts";
import type { PluginOf } from "../plugin/registry.ts";
import { FAULT_CODES } from "../plugin/fault.ts";
import type { FileContext } from "./context.ts";
import type { Cursor } from "./document.ts";
import { readSection, type Section } from "./shape/read.ts";
import type { SectionShape, ShapeKeys } from "./shape/shape.ts";

/** A section with the plugin it names. */
export interface TypedSection<Keys extends ShapeKeys, Kind extends PluginKind> extends Section<Keys> {
  type: string;
  /** Undefined when it could not be loaded, which is reported. */
  plugin: PluginOf<Kind> | undefined;
}

/** Loads the plugin that `type` names and reads the section. */
export async function readTyped<const Keys extends ShapeKeys, Kind extends PluginKind>(
  at: Cursor,
  shape: SectionShape<Keys>,
  kind: Kind,
  context: FileContext,
): Promise<TypedSection<Keys, Kind>> {
  const typeAt = at.get("type");
  const type = typeAt?.form === "scalar" ? typeAt.scalar : undefined;
  let plugin: PluginOf<Kind> | undefined;
  if (typeof type === "string" && type !== "" && typeAt !== undefined) {
    plugin = await loadReported(type, kind, typeAt, context);
    const clash = Object.keys(plugin?.options ?? {}).find((name) => Object.hasOwn(shape.keys, name));
    if (clash !== undefined) {
      context.problems.add(
        typeAt.place,
        `the type ${type} declares an option ${clash}, which every ${kind} has already; rename it in the plugin`,
        FAULT_CODES.fileType,
      );
    }
  }
  const section = readSection(at, shape, context, plugin === undefined ? "any" : Object.keys(plugin.options));
  return { ...section, type: typeof type === "string" ? type : "", plugin };
}

/** Loads a plugin; what goes wrong is reported at the place of its name. */
export async function loadReported<Kind extends PluginKind>(
  type: string,
  kind: Kind,
  at: Pick<Cursor, "place">,
  context: FileContext,
): Promise<PluginOf<Kind> | undefined> {
  try {
    return await context.plugins(type, kind, context.settings(type));
  } catch (error) {
    // A drop-in may throw anything while it is loaded; none of it may get past as something else than a problem.
    context.problems.add(at.place, error instanceof Error ? error.message : String(error), FAULT_CODES.fileType);
    return undefined;
  }
}
