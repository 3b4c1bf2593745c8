/** So many wrong characters are a slip of the pen, if they are not more than half of what was written. */
const LARGEST_SLIP = 3;
const SHORTEST_PREFIX = 3;

/**
 * At most three of the names, the nearest first: those that are a slip away or that begin alike; if there is none,
 * simply the nearest. Upper and lower case are the same.
 */
export function nearestNames(wanted: string, names: Iterable<string>): string[] {
  const slip = Math.min(LARGEST_SLIP, Math.floor(wanted.length / 2));
  const ranked = [...names]
    .map((name) => ({ name, distance: distanceOf(wanted.toLowerCase(), name.toLowerCase(), slip) }))
    .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1));
  const near = ranked.filter(({ distance }) => distance <= slip);
  return (near.length > 0 ? near : ranked).slice(0, 3).map(({ name }) => name);
}

function distanceOf(a: string, b: string, slip: number): number {
  const isPrefix = Math.min(a.length, b.length) >= SHORTEST_PREFIX && (a.startsWith(b) || b.startsWith(a));
  return isPrefix ? Math.min(slip, Math.abs(a.length - b.length)) : editDistance(a, b);
}

/** How many characters have to be inserted, removed or replaced (Levenshtein). */
export function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (previous[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[j] as number) + 1, (current[j - 1] as number) + 1));
    }
    previous = current;
  }
  return previous[b.length] as number;
}
