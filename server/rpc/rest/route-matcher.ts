import type { Route } from './compile-routes.ts';
import { tryDecodeSegment } from './percent-decode.ts';

/** What a path and an HTTP method lead to. The segments are raw: percent escapes are not decoded. */
export type RouteMatch =
  | { readonly kind: 'route'; readonly route: Route; readonly segments: readonly string[] }
  | { readonly kind: 'method_not_allowed'; readonly allowed: readonly string[] }
  | { readonly kind: 'none' };

/** Finds the route of a request among a fixed set. */
export interface RouteMatcher {
  /** The path is raw, without a query; the HTTP method is upper case. */
  match(httpMethod: string, path: string): RouteMatch;
}

interface TrieNode {
  readonly literals: Map<string, TrieNode>;
  any: TrieNode | undefined;
  route: Route | undefined;
  restRoute: Route | undefined;
}

/** One trie per HTTP method, since a better match of another method must not hide this one's. */
type MethodTries = Map<string, TrieNode>;

/**
 * A matcher over the routes. Segment by segment a literal wins over `*`, and `*` over `**`; a choice that leads
 * nowhere is taken back. Empty segments, a trailing slash included, match nothing. What follows the last colon
 * is a verb where some route with this verb has the path before it, and else a part of the segment.
 *
 * A trie node is visited at most once per look-up: its depth is the index of the segment.
 */
export function createRouteMatcher(routes: readonly Route[]): RouteMatcher {
  const plain: MethodTries = new Map();
  const byVerb = new Map<string, MethodTries>();
  for (const route of routes) {
    const verb = route.template.verb;
    const tries = verb === undefined ? plain : getOrCreate(byVerb, verb, () => new Map());
    insert(
      getOrCreate(tries, route.httpMethod, () => newNode()),
      route,
    );
  }
  return {
    match(httpMethod, path) {
      if (!path.startsWith('/')) return { kind: 'none' };
      const segments = path === '/' ? [] : path.slice(1).split('/');
      const verbMatch = matchVerb(byVerb, httpMethod, segments);
      return verbMatch ?? matchTries(plain, httpMethod, segments);
    },
  };
}

function matchVerb(
  byVerb: Map<string, MethodTries>,
  httpMethod: string,
  segments: readonly string[],
): RouteMatch | undefined {
  const last = segments.at(-1) ?? '';
  const colon = last.lastIndexOf(':');
  if (colon === -1) return undefined;
  const tries = byVerb.get(tryDecodeSegment(last.slice(colon + 1)) ?? '');
  if (tries === undefined) return undefined;
  const before = segments.slice(0, -1);
  if (colon > 0) {
    const match = matchTries(tries, httpMethod, [...before, last.slice(0, colon)]);
    return match.kind === 'none' ? undefined : match;
  }
  // The verb's place is right but the id before it is empty: the verb must not become the id.
  return matchTries(tries, httpMethod, [...before, '-']).kind === 'none' ? undefined : { kind: 'none' };
}

function matchTries(tries: MethodTries, httpMethod: string, segments: readonly string[]): RouteMatch {
  if (segments.includes('')) return { kind: 'none' };
  const decoded = segments.map(tryDecodeSegment);
  const candidates = httpMethod === 'HEAD' ? ['HEAD', 'GET', '*'] : [httpMethod, '*'];
  for (const candidate of candidates) {
    const trie = tries.get(candidate);
    const route = trie && find(trie, decoded, 0);
    if (route !== undefined) return { kind: 'route', route, segments };
  }
  const allowed = [...tries]
    .filter(([, trie]) => find(trie, decoded, 0) !== undefined)
    .map(([method]) => method);
  return allowed.length === 0
    ? { kind: 'none' }
    : { kind: 'method_not_allowed', allowed: allowHeader(allowed) };
}

function find(node: TrieNode, decoded: readonly (string | undefined)[], index: number): Route | undefined {
  if (index === decoded.length) return node.route ?? node.restRoute;
  const text = decoded[index];
  // A malformed segment equals no literal; a wildcard takes it and binding it fails.
  const literal = text === undefined ? undefined : node.literals.get(text);
  return (
    (literal && find(literal, decoded, index + 1)) ??
    (node.any && find(node.any, decoded, index + 1)) ??
    node.restRoute
  );
}

function insert(root: TrieNode, route: Route): void {
  let node = root;
  for (const segment of route.template.segments) {
    if (segment.kind === 'rest') {
      node.restRoute = route;
      return;
    }
    if (segment.kind === 'any') {
      node.any ??= newNode();
      node = node.any;
    } else {
      node = getOrCreate(node.literals, segment.text, () => newNode());
    }
  }
  node.route = route;
}

function allowHeader(methods: readonly string[]): string[] {
  const allowed = new Set(methods);
  if (allowed.has('GET')) allowed.add('HEAD');
  allowed.add('OPTIONS');
  return [...allowed].sort();
}

function newNode(): TrieNode {
  return { literals: new Map(), any: undefined, route: undefined, restRoute: undefined };
}

function getOrCreate<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const present = map.get(key);
  if (present !== undefined) return present;
  const made = make();
  map.set(key, made);
  return made;
}
