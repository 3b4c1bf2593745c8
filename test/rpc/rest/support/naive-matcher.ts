import type { Route } from '../../../../server/rpc/rest/compile-routes.ts';

type NaiveMatch =
  | { kind: 'route'; route: Route }
  | { kind: 'method_not_allowed'; allowed: string[] }
  | { kind: 'none' };

/**
 * The matching rules, said in another way: turn each template into a regular expression, collect what fits, and
 * take the one that sorts first by literal, `*`, `**`.
 */
export function matchNaively(routes: readonly Route[], httpMethod: string, path: string): NaiveMatch {
  const fitting = routes.filter((route) => pathFits(route, routes, path));
  const wanted = fitting.filter((route) => route.httpMethod === httpMethod);
  const instead = httpMethod === 'HEAD' ? fitting.filter((route) => route.httpMethod === 'GET') : [];
  const [best] = (wanted.length > 0 ? wanted : instead).sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
  if (best !== undefined) return { kind: 'route', route: best };
  if (fitting.length === 0) return { kind: 'none' };
  const methods = fitting.flatMap((route) =>
    route.httpMethod === 'GET' ? ['GET', 'HEAD'] : [route.httpMethod],
  );
  return { kind: 'method_not_allowed', allowed: [...new Set([...methods, 'OPTIONS'])].sort() };
}

function pathFits(route: Route, routes: readonly Route[], path: string): boolean {
  const claimed = verbAt(routes, path);
  if (claimed !== route.template.verb) return false;
  return claimed === undefined ? fits(route, path) : fits(route, path.slice(0, path.lastIndexOf(':')));
}

/** The verb that the path ends with, if some template with this verb has the place before it. */
function verbAt(routes: readonly Route[], path: string): string | undefined {
  const last = path.slice(path.lastIndexOf('/') + 1);
  if (!last.includes(':')) return undefined;
  const verb = path.slice(path.lastIndexOf(':') + 1);
  const before = path.slice(0, path.lastIndexOf(':'));
  const place = before.endsWith('/') ? `${before}id` : before;
  return routes.some((route) => route.template.verb === verb && fits(route, place)) ? verb : undefined;
}

function fits(route: Route, path: string): boolean {
  const pattern = route.template.segments.map((segment) => {
    if (segment.kind === 'rest') return '(/[^/]+)*';
    return segment.kind === 'any' ? '/[^/]+' : `/${segment.text}`;
  });
  return new RegExp(`^${pattern.join('')}$`).test(path === '/' ? '' : path.replaceAll('%61', 'a'));
}

function rank(route: Route): string {
  // The end of a template sorts before `**`, which may stand for nothing.
  const letters = { literal: 'a', any: 'b', rest: 'd' };
  return `${route.template.segments.map((segment) => letters[segment.kind]).join('')}c`;
}
