import type { Route } from '../../../../server/rpc/rest/compile-routes.ts';

/**
 * The matching rules, said in another way: turn each template into a regular expression, collect what fits, and
 * take the one that sorts first by literal, `*`, `**`. Gives the template, `allow` with the methods, or `none`.
 */
export function matchNaively(routes: readonly Route[], httpMethod: string, path: string): string {
  const fitting = routes.filter((route) => pathFits(route, routes, path));
  const wanted = fitting.filter((route) => route.httpMethod === httpMethod);
  const instead = httpMethod === 'HEAD' ? fitting.filter((route) => route.httpMethod === 'GET') : [];
  const [best] = (wanted.length > 0 ? wanted : instead).sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
  if (best !== undefined) return best.template.text;
  if (fitting.length === 0) return 'none';
  const methods = fitting.flatMap((route) =>
    route.httpMethod === 'GET' ? ['GET', 'HEAD'] : [route.httpMethod],
  );
  return `allow ${[...new Set([...methods, 'OPTIONS'])].sort().join(' ')}`;
}

function pathFits(route: Route, routes: readonly Route[], path: string): boolean {
  const claimed = verbAt(routes, path);
  if (claimed !== route.template.verb) return false;
  if (claimed === undefined) return fits(route, path);
  const before = path.slice(0, path.lastIndexOf(':'));
  return !before.endsWith('/') && fits(route, before);
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
