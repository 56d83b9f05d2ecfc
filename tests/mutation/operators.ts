/**
 * One-line faults as people make them: a condition turned round, an `await` left out, a bound off by one, a line that is
 * missing.
 *
 * @module
 */
import { transformSync } from "amaro";
import { bareCode } from "../unit/house_source.ts";

/** A fault that could be put into a file. */
export interface Fault {
  /** The line, counted from 1. */
  line: number;
  /** What was done to it. */
  what: string;
  from: string;
  to: string;
}

/** `pattern` in bare code, and what takes its place. */
interface Swap {
  what: string;
  pattern: RegExp;
  by: string;
}

const SWAPS: readonly Swap[] = [
  { what: "await left out", pattern: /(?<!for )\bawait /g, by: "" },
  { what: "bound moved", pattern: / < /g, by: " <= " },
  { what: "bound moved", pattern: / <= /g, by: " < " },
  { what: "bound moved", pattern: / > /g, by: " >= " },
  { what: "bound moved", pattern: / >= /g, by: " > " },
  { what: "comparison turned round", pattern: / === /g, by: " !== " },
  { what: "comparison turned round", pattern: / !== /g, by: " === " },
  { what: "or for and", pattern: / && /g, by: " || " },
  { what: "and for or", pattern: / \|\| /g, by: " && " },
  { what: "largest for smallest", pattern: /\bMath\.min\(/g, by: "Math.max(" },
  { what: "smallest for largest", pattern: /\bMath\.max\(/g, by: "Math.min(" },
];

/** A statement for itself: a call or an assignment, no declaration and nothing that decides where it goes on. */
const STATEMENT =
  /^\s*(?!(?:const|let|var|return|import|export|throw|type|readonly|private|static|override|if|else|for)\b)[\w#].*;\s*$/;

/** All faults that can be put into `source`. Some change only types, or nothing: {@linkcode matters} tells. */
export function faultsOf(source: string): Fault[] {
  const lines = source.split("\n");
  const found: Fault[] = [];
  for (const [index, bare] of bareCode(source).split("\n").entries()) {
    const from = lines[index] ?? "";
    const add = (what: string, to: string) => found.push({ line: index + 1, what, from, to });
    for (const { what, pattern, by } of SWAPS) {
      for (const { index: at, 0: match } of bare.matchAll(pattern)) {
        add(what, from.slice(0, at) + by + from.slice(at + match.length));
      }
    }
    const condition = conditionOf(bare);
    if (condition) {
      const [start, end] = condition;
      add("condition negated", `${from.slice(0, start)}!(${from.slice(start, end)})${from.slice(end)}`);
    }
    if (STATEMENT.test(bare) && balanced(bare) && /[=(]|\+\+|--/.test(bare)) add("line left out", "");
  }
  return found;
}

/** Where the condition of an `if` begins and ends, when it ends in the same line. */
function conditionOf(bare: string): [start: number, end: number] | undefined {
  const match = /\bif \(/.exec(bare);
  if (!match) return undefined;
  const start = match.index + match[0].length;
  let depth = 1;
  for (let at = start; at < bare.length; at++) {
    if (bare[at] === "(") depth++;
    else if (bare[at] === ")" && --depth === 0) return [start, at];
  }
  return undefined;
}

function balanced(code: string): boolean {
  let depth = 0;
  for (const character of code) {
    if ("([{".includes(character)) depth++;
    else if (")]}".includes(character) && --depth < 0) return false;
  }
  return depth === 0;
}

/** The source with the fault in it. */
export function withFault(source: string, { line, to }: Fault): string {
  const lines = source.split("\n");
  lines[line - 1] = to;
  return lines.join("\n");
}

/** True when the fault can be compiled, and changes what runs. */
export function matters(source: string, fault: Fault): boolean {
  try {
    return compiled(source) !== compiled(withFault(source, fault));
  } catch {
    return false;
  }
}

function compiled(source: string): string {
  return transformSync(source, { mode: "transform" }).code;
}
