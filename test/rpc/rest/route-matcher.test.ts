import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compileRoutes, type Route } from '../../../server/rpc/rest/compile-routes.ts';
import { createRouteMatcher } from '../../../server/rpc/rest/route-matcher.ts';
import { httpRule, type RuleInit, serviceWithRules } from './support/fixture.ts';
import { matchNaively } from './support/naive-matcher.ts';

const routesOf = (rules: readonly RuleInit[]): Route[] => compileRoutes([serviceWithRules(rules)], httpRule);

function describeMatch(routes: readonly Route[], httpMethod: string, path: string): string {
  const match = createRouteMatcher(routes).match(httpMethod, path);
  if (match.kind === 'none') return 'none';
  return match.kind === 'route' ? match.route.template.text : `allow ${match.allowed.join(' ')}`;
}

describe('route matcher', () => {
  const routes = routesOf([
    { get: '/v1/things' },
    { get: '/v1/things/{name}' },
    { delete: '/v1/things/special' },
    { get: '/v1/things/special/parts' },
    { get: '/v1/things/{name}/parts/{person}' },
    { get: '/v1/things/special/{name}/last' },
    { get: '/v1/{name=**}' },
    { post: '/v1/things/{name}:pause', body: '*' },
    { post: '/v1/things:sort', body: '*' },
    { get: '/v1/a%20b/x' },
    { get: '/files/**' },
    { custom: { kind: '*', path: '/any/{name}' } },
    { put: '/any/{name}' },
  ]);

  for (const { rule, method = 'GET', path, want } of [
    { rule: 'P1: * is one segment', path: '/v1/things/x', want: '/v1/things/{name}' },
    { rule: 'P1: ** is no segment', path: '/files', want: '/files/**' },
    { rule: 'P1: ** is many segments', path: '/files/a/b/c', want: '/files/**' },
    {
      rule: 'P2: a literal comes before *',
      path: '/v1/things/special/parts',
      want: '/v1/things/special/parts',
    },
    { rule: 'P2: * comes before **', path: '/v1/things/x/parts/y', want: '/v1/things/{name}/parts/{person}' },
    {
      rule: 'P2: goes back from a literal to *',
      path: '/v1/things/special/parts/y',
      want: '/v1/things/{name}/parts/{person}',
    },
    { rule: 'P2: goes back to **', path: '/v1/things/special/x/y', want: '/v1/{name=**}' },
    {
      rule: 'P2: another method’s literal hides nothing',
      path: '/v1/things/special',
      want: '/v1/things/{name}',
    },
    {
      rule: 'P2: each method has its own',
      method: 'DELETE',
      path: '/v1/things/special',
      want: '/v1/things/special',
    },
    { rule: 'P3: literals compare decoded', path: '/v1/a%20b/x', want: '/v1/a%20b/x' },
    { rule: 'P3: escapes of any letter', path: '/%76%31/th%69ngs', want: '/v1/things' },
    { rule: 'P3: %2F is no separator', path: '/files%2Fx', want: 'none' },
    { rule: 'P4: a trailing slash', path: '/v1/things/', want: 'none' },
    { rule: 'P4: a double slash', path: '/v1//things', want: 'none' },
    { rule: 'P4: a trailing slash below **', path: '/files/a/', want: 'none' },
    { rule: 'P5: no route', path: '/v2', want: 'none' },
    { rule: 'P5: another method', method: 'PATCH', path: '/v1/things', want: 'allow GET HEAD OPTIONS' },
    { rule: 'P5: HEAD is served by GET', method: 'HEAD', path: '/v1/things', want: '/v1/things' },
    { rule: 'V1: a verb', method: 'POST', path: '/v1/things/x:pause', want: '/v1/things/{name}:pause' },
    { rule: 'V1: a verb of a literal', method: 'POST', path: '/v1/things:sort', want: '/v1/things:sort' },
    {
      rule: 'V1: only the last colon',
      method: 'POST',
      path: '/v1/things/a:b:pause',
      want: '/v1/things/{name}:pause',
    },
    { rule: 'V1: a verb of another method is no id', path: '/v1/things/x:pause', want: 'allow OPTIONS POST' },
    { rule: 'V1: an unknown verb is part of the id', path: '/v1/things/x:jump', want: '/v1/things/{name}' },
    {
      rule: 'V1: a verb of another place is part of the id',
      path: '/v1/things/x:sort',
      want: '/v1/things/{name}',
    },
    { rule: 'V1: %3A begins no verb', path: '/v1/things/x%3Apause', want: '/v1/things/{name}' },
    { rule: 'V1: a verb without an id', method: 'POST', path: '/v1/things/:pause', want: 'none' },
    { rule: 'a method of its own before any method', method: 'PUT', path: '/any/x', want: '/any/{name}' },
    { rule: 'a custom * takes any method', method: 'LINK', path: '/any/x', want: '/any/{name}' },
    { rule: 'an asterisk target', method: 'OPTIONS', path: '*', want: 'none' },
    { rule: 'the root', path: '/', want: 'none' },
  ]) {
    it(`${rule}: ${method} ${path}`, () => assert.equal(describeMatch(routes, method, path), want));
  }

  const segment = fc.constantFrom('a', 'b', '*', '**');
  const template = fc
    .tuple(fc.array(segment, { minLength: 1, maxLength: 4 }), fc.constantFrom('', '', ':a', ':b'))
    .filter(([segments]) => !segments.slice(0, -1).includes('**'))
    .map(([segments, verb]) => `/${segments.join('/')}${verb}`);
  const rule = fc.tuple(fc.constantFrom('get', 'post'), template);
  const path = fc
    .array(fc.constantFrom('a', 'b', 'c', '', 'a:a', 'c:b', ':a', 'a:c', '%61', '%61:b', 'b%3Aa', '%'), {
      maxLength: 5,
    })
    .map((segments) => `/${segments.join('/')}`);

  it('agrees with a matcher that tries every template', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(rule, {
          selector: ([method, text]) => `${method} ${text}`,
          minLength: 1,
          maxLength: 8,
        }),
        fc.constantFrom('GET', 'POST', 'HEAD', 'PUT'),
        path,
        (rules, httpMethod, requestPath) => {
          const compiled = routesOf(rules.map(([method, text]) => ({ [method]: text })));
          assert.equal(
            describeMatch(compiled, httpMethod, requestPath),
            matchNaively(compiled, httpMethod, requestPath),
          );
        },
      ),
      { numRuns: 1000 },
    );
  });
});
