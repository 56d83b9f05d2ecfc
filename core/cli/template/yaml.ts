/**
 * A template as YAML: blocks, and quotes wherever a reader of YAML could take a text for something else.
 *
 * @module
 */

/** What a template is made of. */
export type Value = string | number | boolean | Value[] | { [key: string]: Value };

/** A part of a map with a comment above it. */
export interface Section {
  comment: string;
  entries: Record<string, Value>;
}

/** A map in sections. */
export function sectionsText(key: string, sections: readonly Section[]): string {
  const parts = sections.filter(({ entries }) => Object.keys(entries).length > 0).map(({ comment, entries }) => {
    const lines = comment.split("\n").map((line) => `  # ${line}\n`).join("");
    const things = Object.entries(entries).map(([name, value]) => `  ${name}:${block(value, 4)}`).join("\n");
    return `${lines}${things}`;
  });
  return parts.length === 0 ? "" : `${key}:\n${parts.join("\n\n")}\n`;
}

/** A value behind its key: on the same line, or indented below it. */
function block(value: Value, indent: number): string {
  if (typeof value === "string") return ` ${scalar(value)}`;
  if (typeof value !== "object") return ` ${value}`;
  const pad = " ".repeat(indent);
  if (Array.isArray(value)) {
    if (value.length === 0) return " []";
    // An element that is a map begins on the line of its dash.
    return `\n${value.map((one) => `${pad}-${block(one, indent + 2).replace(/^\n\s*/, " ")}`).join("\n")}`;
  }
  const entries = Object.entries(value);
  if (entries.length === 0) return " {}";
  return `\n${entries.map(([key, inner]) => `${pad}${key}:${block(inner, indent + 2)}`).join("\n")}`;
}

function scalar(text: string): string {
  const plain = /^[A-Za-z][A-Za-z0-9_./()+ -]*$/.test(text) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(text) &&
    !text.endsWith(" ");
  return plain ? text : JSON.stringify(text);
}
