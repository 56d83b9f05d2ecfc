/**
 * The parameters of EC2's Query protocol: `Action=…&VpcId.1=…&Filter.1.Name=…&Filter.1.Value.1=…`.
 *
 * @module
 */
import { Ec2Error, invalidCombination, invalidValue, missingParameter } from "./errors.ts";

/** The version of the API that is spoken. */
export const API_VERSION = "2016-11-15";

/** A filter: a thing passes when one of its values matches one of these. */
export interface Filter {
  name: string;
  values: string[];
}

/** Members of one list that are read at most; EC2 refuses far shorter lists. */
const MAX_MEMBERS = 1_000;

/** The parameters of one request. */
export class Query {
  readonly #params: URLSearchParams;

  constructor(form: string) {
    this.#params = new URLSearchParams(form);
  }

  /** The name of the action; empty when there is none. */
  get action(): string {
    return this.#params.get("Action") ?? "";
  }

  /** The version that the client speaks. */
  get version(): string {
    return this.#params.get("Version") ?? "";
  }

  /** A value that need not be there; an empty one counts as none. */
  optional(name: string): string | undefined {
    return this.#params.get(name) || undefined;
  }

  /** A value that must be there. EC2 names it in its answer with a small first letter. */
  required(name: string): string {
    const value = this.optional(name);
    if (value === undefined) throw missingParameter(name.charAt(0).toLowerCase() + name.slice(1));
    return value;
  }

  /** `true` or `false`. */
  flag(name: string): boolean | undefined {
    const value = this.optional(name)?.toLowerCase();
    if (value === undefined) return undefined;
    if (value !== "true" && value !== "false") {
      throw invalidValue(`Value (${value}) for parameter ${name} is invalid. `);
    }
    return value === "true";
  }

  /** The members `NAME.1`, `NAME.2`, … in order. */
  list(name: string): string[] {
    const values: string[] = [];
    for (let index = 1; index <= MAX_MEMBERS; index++) {
      const value = this.#params.get(`${name}.${index}`);
      if (value === null) break;
      values.push(value);
    }
    return values;
  }

  /** The filters in order. */
  filters(): Filter[] {
    const filters: Filter[] = [];
    for (let index = 1; index <= MAX_MEMBERS; index++) {
      const name = this.#params.get(`Filter.${index}.Name`);
      if (name === null) break;
      filters.push({ name, values: this.list(`Filter.${index}.Value`) });
    }
    return filters;
  }

  /** All parameters but the protocol's own, for the call log. */
  entries(): Record<string, string> {
    return Object.fromEntries([...this.#params].filter(([name]) => name !== "Action" && name !== "Version"));
  }
}

/** The values of a thing under the names of its filters. */
export type FilterFields<Thing> = Record<string, (thing: Thing) => (string | undefined)[]>;

/** The things that pass all filters; a filter that the action doesn't have is an error, as in EC2. */
export function filtered<Thing>(
  things: Thing[],
  filters: Filter[],
  fields: FilterFields<Thing>,
): Thing[] {
  return filters.reduce((left, filter) => {
    const field = filterField(filter.name, fields);
    const patterns = filter.values.map(wildcard);
    return left.filter((thing) =>
      field(thing).some((value) => value !== undefined && patterns.some((pattern) => pattern.test(value)))
    );
  }, things);
}

function filterField<Thing>(
  name: string,
  fields: FilterFields<Thing>,
): (thing: Thing) => (string | undefined)[] {
  const tagsOf = (thing: Thing) => (thing as { tags?: Record<string, string> }).tags ?? {};
  if (name.startsWith("tag:")) return (thing) => [tagsOf(thing)[name.slice(4)]];
  if (name === "tag-key") return (thing) => Object.keys(tagsOf(thing));
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (!field) throw invalidValue(`The filter '${name}' is invalid`);
  return field;
}

/** `*` is any text, `?` any character, a backslash takes their meaning away. */
function wildcard(value: string): RegExp {
  const source = value.replace(/\\([*?\\])|[*?]|[.+^${}()|[\]\\]/g, (match, escaped?: string) => {
    if (escaped !== undefined) return `\\${escaped}`;
    return match === "*" ? ".*" : match === "?" ? "." : `\\${match}`;
  });
  return new RegExp(`^${source}$`, "s");
}

/** One page of `things` by `MaxResults` and `NextToken`, and the token of the next. */
export function paged<Thing>(
  query: Query,
  things: Thing[],
  limits: { min: number; max: number; exclusiveWith?: string },
): { page: Thing[]; nextToken?: string } {
  const wanted = query.optional("MaxResults");
  const token = query.optional("NextToken");
  if (wanted !== undefined && limits.exclusiveWith && query.list(limits.exclusiveWith).length > 0) {
    throw invalidCombination(`The parameter ${limits.exclusiveWith} cannot be used with the parameter maxResults`);
  }
  const start = token === undefined ? 0 : startOf(token);
  if (wanted === undefined) return { page: things.slice(start) };
  const size = Number(wanted);
  if (!Number.isInteger(size) || size < limits.min || size > limits.max) {
    throw invalidValue(
      `Value ( ${wanted} ) for parameter maxResults is invalid. Expecting a value between ${limits.min} and ${limits.max}.`,
    );
  }
  const end = start + size;
  const page = things.slice(start, end);
  return end < things.length ? { page, nextToken: btoa(`from:${end}`) } : { page };
}

function startOf(token: string): number {
  let text = "";
  try {
    text = atob(token);
  } catch {
    // Not ours: falls through to the error below.
  }
  const match = /^from:(\d+)$/.exec(text);
  if (!match) {
    throw new Ec2Error("InvalidPaginationToken", "The specified pagination token is not valid or is expired.");
  }
  return Number(match[1]);
}
