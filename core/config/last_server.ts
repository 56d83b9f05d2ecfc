/**
 * `lastServer`: whether final actions are carried out where no other server could carry.
 *
 * @module
 */
import type { LastServerSpec } from "../cluster/spec.ts";
import type { Cursor } from "./document.ts";
import { type ReadContext, readSection, readValue } from "./shape/read.ts";
import type { SectionShape, ShapeKeys, WordOrSectionShape } from "./shape/shape.ts";

const CHOICE = { type: "string", oneOf: ["act", "keep"] } as const;

const KEYS = {
  monitor: { ...CHOICE, default: "act", description: "final actions of monitors" },
  activation: { ...CHOICE, default: "act", description: "of resources that can't be activated" },
  deactivation: { ...CHOICE, default: "act", description: "of resources that can't be deactivated" },
} as const satisfies ShapeKeys;

const SECTION: SectionShape<typeof KEYS> = { form: "section", description: "by what calls for them", keys: KEYS };

export const LAST_SERVER_SHAPE = {
  form: "word-or-section",
  description:
    "final actions on the last server that could carry. act: as anywhere, the default, but a shutdown is a reboot; keep: only told",
  word: { ...CHOICE, description: "for all of them" },
  section: SECTION,
} as const satisfies WordOrSectionShape;

/** Reads `lastServer`. */
export function readLastServer(at: Cursor | undefined, context: ReadContext): LastServerSpec {
  if (at?.form === "map") return readSection(at, SECTION, context).values;
  const word = at && readValue(at, LAST_SERVER_SHAPE.word, context);
  const choice = word === "keep" ? "keep" : "act";
  return { monitor: choice, activation: choice, deactivation: choice };
}
