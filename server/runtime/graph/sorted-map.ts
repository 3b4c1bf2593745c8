import sortedBtree from 'sorted-btree';
import treeDifference from 'sorted-btree/extended/diffAgainst.js';

/**
 * A map in order of its keys, whose copies share their structure: `copyOf` costs the same at any size, and a change
 * of a copy costs the logarithm of the size.
 */
export interface SortedMap<Key extends string, Value> {
  readonly size: number;
  get(key: Key): Value | undefined;
  has(key: Key): boolean;
  /** In order, from the first key that is not below `from`. */
  keys(from?: Key): IterableIterator<Key>;
  /** In order, from the first key that is not below `from`. */
  values(from?: Key): IterableIterator<Value>;
  /** In order, from the first key that is not below `from`. */
  entries(from?: Key): IterableIterator<[Key, Value]>;
}

/** A copy that has not been handed out yet and may be changed. */
export interface MutableSortedMap<Key extends string, Value> extends SortedMap<Key, Value> {
  set(key: Key, value: Value): unknown;
  delete(key: Key): boolean;
}

const SortedTree = sortedBtree.default;
type SortedTree<Key, Value> = sortedBtree.default<Key, Value>;

const byCodeUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const treeOf = <Key extends string, Value>(map: SortedMap<Key, Value>): SortedTree<Key, Value> =>
  map as unknown as SortedTree<Key, Value>;

/** An empty map, to be filled by whoever makes it. */
export const createSortedMap = <Key extends string, Value>(): MutableSortedMap<Key, Value> =>
  new SortedTree<Key, Value>(undefined, byCodeUnits);

/** A copy to change; the original keeps its content. */
export const copyOf = <Key extends string, Value>(map: SortedMap<Key, Value>): MutableSortedMap<Key, Value> =>
  treeOf(map).clone();

/** The values whose keys begin with `prefix`, in order of the keys. */
export function* valuesWithPrefix<Value>(map: SortedMap<string, Value>, prefix: string): Generator<Value> {
  for (const [key, value] of map.entries(prefix)) {
    if (!key.startsWith(prefix)) return;
    yield value;
  }
}

/**
 * Calls back for each key whose value is not the same object on both sides, undefined standing for its absence.
 * Where one map came from the other by changes, it costs the changes and not the size.
 */
export function forEachDifference<Key extends string, Value>(
  before: SortedMap<Key, Value>,
  after: SortedMap<Key, Value>,
  callback: (before: Value | undefined, after: Value | undefined) => void,
): void {
  treeDifference.default(
    treeOf(before),
    treeOf(after),
    (_key, value) => callback(value, undefined),
    (_key, value) => callback(undefined, value),
    (_key, old, value) => callback(old, value),
  );
}
