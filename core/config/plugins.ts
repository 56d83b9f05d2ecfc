/**
 * `plugins`: what the drop-ins may do on this machine.
 *
 * @module
 */
import { join } from "node:path";
import { type Allow, DEFAULT_MEMORY_MB, type PluginSettings } from "../plugin/settings.ts";
import type { Cursor } from "./document.ts";
import { type ReadContext, readSection, readTable } from "./shape/read.ts";
import type { SectionShape, ShapeKeys, TableShape } from "./shape/shape.ts";

/** The words that stand for a whole list. */
const WORDS: Readonly<Record<string, boolean>> = { all: true, none: false };

const ALLOW_KEYS = {
  net: {
    type: "strings",
    single: true,
    description: "hosts it may connect to, as db1 or db1:5432; or one of the words all and none. Default: all",
  },
  run: {
    type: "strings",
    single: true,
    description: "programs it may start, as it calls them; or one of the words all and none. Default: none",
  },
  read: {
    type: "strings",
    single: true,
    description: "absolute paths it may read beside its own folder; or one of the words all and none. Default: none",
  },
  env: {
    type: "strings",
    single: true,
    description: "environment variables it may read; or one of the words all and none. Default: none",
  },
} as const satisfies ShapeKeys;

const ALLOW: SectionShape<typeof ALLOW_KEYS> = {
  form: "section",
  description: "what it may do",
  keys: ALLOW_KEYS,
};

const KEYS = {
  allow: ALLOW,
  memory: {
    type: "integer",
    min: 96,
    max: 16_384,
    default: DEFAULT_MEMORY_MB,
    description: `MiB that the process it runs in may use, the runtime's own 60 included; default ${DEFAULT_MEMORY_MB}`,
  },
} as const satisfies ShapeKeys;

export const PLUGINS_SHAPE = {
  form: "table",
  description: "what drop-ins may do, by their types; built-in types need nothing here",
  of: { form: "section", description: "what a drop-in may do", keys: KEYS } as SectionShape<typeof KEYS>,
} as const satisfies TableShape;

/** What the file says of each type of a drop-in. */
export class PluginTypes {
  readonly #written = new Map<string, PluginSettings>();
  readonly #unused = new Set<string>();

  constructor(at: Cursor | undefined, private readonly stateDir: string, context: ReadContext) {
    for (const { key, value } of readTable(at, PLUGINS_SHAPE, context)) {
      const { values, written } = readSection(value, PLUGINS_SHAPE.of, context);
      const allowAt = written.get("allow");
      const allow = allowAt === undefined ? {} : readAllow(allowAt, context);
      this.#written.set(key, { allow, memoryMb: values.memory, ...this.#folders() });
      this.#unused.add(key);
    }
  }

  /** The settings of a type. */
  settings(type: string): PluginSettings {
    this.#unused.delete(type);
    return this.#written.get(type) ?? { allow: {}, memoryMb: DEFAULT_MEMORY_MB, ...this.#folders() };
  }

  /** What is written about types that nothing has: sentences with their key path. */
  warnings(): string[] {
    return [...this.#unused].map((type) => `plugins.${type}: nothing in this file has the type ${type}`);
  }

  #folders(): { stateDir: string } {
    return { stateDir: join(this.stateDir, "plugins") };
  }
}

function readAllow(at: Cursor, context: ReadContext): Allow {
  const { values } = readSection(at, ALLOW, context);
  const allow: { -readonly [Key in keyof Allow]: Allow[Key] } = {};
  for (const name of ["net", "run", "read", "env"] as const) {
    const list = values[name];
    if (list === undefined) continue;
    const word = list.length === 1 ? WORDS[list[0]!] : undefined;
    allow[name] = word ?? list;
  }
  return allow;
}
