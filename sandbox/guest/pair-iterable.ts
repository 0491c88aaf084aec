/**
 * Iteration of a class whose pairs lie in a list that may change while it is walked, as Web IDL has it: a walk
 * remembers its place, not the list.
 */
const ITERATOR_PROTOTYPE = Object.getPrototypeOf(Object.getPrototypeOf([].values())) as object; // %IteratorPrototype%

type Pair<V> = readonly [key: string, value: V];
/** Throws for what is not of the class. */
type PairsOf<T, V> = (target: T) => readonly Pair<V>[];
type Pick<V> = (pair: Pair<V>) => unknown;
type Start<T, V> = (target: T, pick: Pick<V>) => object;

/** Gives the class `entries`, `forEach`, `keys`, `values`, and itself to `for … of`. */
export function defineIterable<T extends object, V>(
  Class: { prototype: T },
  name: string,
  pairsOf: PairsOf<T, V>,
): void {
  const start = createStart(name, pairsOf);
  const members = {
    entries(this: T) {
      return start(this, ([key, value]) => [key, value]);
    },
    forEach(this: T, callback: (value: V, key: string, target: T) => unknown, self: unknown = undefined) {
      pairsOf(this);
      if (typeof callback !== "function") throw new TypeError("forEach needs a function to call");
      for (let at = 0; at < pairsOf(this).length; at += 1) {
        const [key, value] = pairsOf(this)[at] ?? [];
        callback.call(self, value as V, key as string, this); // the index is inside of the list
      }
    },
    keys(this: T) {
      return start(this, ([key]) => key);
    },
    values(this: T) {
      return start(this, ([, value]) => value);
    },
  };
  for (const [key, value] of Object.entries(members))
    define(Class.prototype, key, { value, enumerable: true });
  define(Class.prototype, Symbol.iterator, { value: members.entries, enumerable: false });
}

/** Makes iterators of one prototype, which the class's iterators share. */
function createStart<T extends object, V>(name: string, pairsOf: PairsOf<T, V>): Start<T, V> {
  const walks = new WeakMap<object, { target: T; at: number; pick: Pick<V> }>();
  const prototype = Object.create(ITERATOR_PROTOTYPE) as object;
  const next = function next(this: object) {
    const walk = walks.get(this);
    if (walk === undefined) throw new TypeError(`next was called on what is no ${name} Iterator`);
    const pair = pairsOf(walk.target)[walk.at];
    if (pair === undefined) return { value: undefined, done: true };
    walk.at += 1;
    return { value: walk.pick(pair), done: false };
  };
  define(prototype, "next", { value: next, enumerable: true });
  Object.defineProperty(prototype, Symbol.toStringTag, { value: `${name} Iterator`, configurable: true });
  return (target, pick) => {
    pairsOf(target);
    const iterator = Object.create(prototype) as object;
    walks.set(iterator, { target, at: 0, pick });
    return iterator;
  };
}

function define(
  target: object,
  key: string | symbol,
  { value, enumerable }: { value: unknown; enumerable: boolean },
): void {
  Object.defineProperty(target, key, { value, writable: true, enumerable, configurable: true });
}
