/** What every object of a thread inherits from. */
const SHARED = {
  "Object.prototype": Object.prototype,
  "Array.prototype": Array.prototype,
  "Function.prototype": Function.prototype,
  "String.prototype": String.prototype,
  "Promise.prototype": Promise.prototype,
  "RegExp.prototype": RegExp.prototype,
  "Set.prototype": Set.prototype,
  "AbortSignal.prototype": AbortSignal.prototype,
  "JSON": JSON,
  "Object": Object,
  "Promise": Promise,
} as const;

/** Taken before any plugin is loaded: one may replace what it finds. */
const { defineProperty, getOwnPropertyDescriptor } = Object;

/**
 * Makes what carries the messages of this thread unchangeable. Whoever could put a function of its own there would get
 * hold of `port`, and could answer for its neighbours.
 */
export function guardMessages(port: MessagePort): void {
  const carriers = [Event, EventTarget, MessageEvent, Map].map((each) => each.prototype);
  for (const object of [...carriers, Atomics, Reflect]) {
    for (const key of Reflect.ownKeys(object)) {
      const member = getOwnPropertyDescriptor(object, key)!;
      // Node's modules, which are loaded when they are first wanted, put constructors of their own there.
      if (key === "constructor" || !member.configurable) continue;
      defineProperty(object, key, { configurable: false, ...("value" in member ? { writable: false } : {}) });
    }
  }
  // What the runtime puts into each message would pass a setter that is found further up.
  for (const key of Reflect.ownKeys(new MessageEvent("message"))) {
    if (key in MessageEvent.prototype) continue;
    const set = function (this: object, value: unknown) {
      defineProperty(this, key, { value, writable: true, enumerable: true, configurable: true });
    };
    defineProperty(MessageEvent.prototype, key, { set });
  }
  // The function comes from further up, where somebody could get in between.
  defineProperty(port, "dispatchEvent", { value: EventTarget.prototype.dispatchEvent });
}

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
    const { value, get } = getOwnPropertyDescriptor(object, key)!;
    members.set(key, value ?? get);
  }
  return members;
}
