/** What every object of a thread inherits from. */
const SHARED = {
  "Object.prototype": Object.prototype,
  "Array.prototype": Array.prototype,
  "Function.prototype": Function.prototype,
  "String.prototype": String.prototype,
  "Promise.prototype": Promise.prototype,
  "JSON": JSON,
  "Promise": Promise,
} as const;

/** Finds out whether a plugin has changed what all plugins of its host share. */
export class Primordials {
  readonly #before = Object.entries(SHARED).map(([name, object]) => [name, object, membersOf(object)] as const);

  /** What was changed; undefined when nothing was. */
  changed(): string | undefined {
    for (const [name, object, before] of this.#before) {
      const now = membersOf(object);
      if (now.size !== before.size) return name;
      for (const [key, value] of before) if (!now.has(key) || now.get(key) !== value) return `${name}.${String(key)}`;
    }
    return undefined;
  }
}

function membersOf(object: object): Map<PropertyKey, unknown> {
  const members = new Map<PropertyKey, unknown>();
  for (const key of Reflect.ownKeys(object)) {
    const { value, get } = Object.getOwnPropertyDescriptor(object, key)!;
    members.set(key, value ?? get);
  }
  return members;
}
