import assert from 'node:assert/strict';
import { compileRoutes } from '../../../server/rpc/rest/compile-routes.ts';
import { httpRule, type RuleInit, serviceWithRules, shelfService } from './support/fixture.ts';

const compile = (rules: readonly RuleInit[], method?: object) =>
  compileRoutes([serviceWithRules(rules, method)], httpRule);

describe('compiled routes', () => {
  it('A1: makes a route of each binding, with path, method, body and response body of its own', () => {
    const routes = compileRoutes([shelfService], httpRule).filter((route) => route.method.name === 'GetBook');
    assert.deepEqual(
      routes.map((route) => [
        route.httpMethod,
        route.template.text,
        route.body.kind,
        route.responseField?.name,
        route.variables.map((variable) => variable.fields.map((field) => field.name).join('.')),
      ]),
      [
        ['GET', '/v1/books/{name}', 'none', undefined, ['name']],
        ['GET', '/v1/shelves/{shelf.id}/books/{name}', 'none', undefined, ['shelf.id', 'name']],
        ['PUT', '/v1/books/{name}', 'field', 'shelf', ['name']],
      ],
    );
  });

  it('takes custom methods, in upper case', () => {
    assert.deepEqual(
      compile([{ custom: { kind: 'purge', path: '/a' } }]).map((route) => route.httpMethod),
      ['PURGE'],
    );
  });

  it('passes over methods without an annotation', () => {
    assert.deepEqual(compileRoutes([serviceWithRules([])], httpRule), []);
  });

  for (const { name, rules, code, method } of [
    { name: 'P1: a bad template', rules: [{ get: '/a/' }], code: 'template_invalid' },
    { name: 'a rule without a pattern', rules: [{ body: '*' }], code: 'binding_incomplete' },
    {
      name: 'a custom pattern without a kind',
      rules: [{ custom: { path: '/a' } }],
      code: 'binding_incomplete',
    },
    { name: 'an unknown path field', rules: [{ get: '/a/{nothing}' }], code: 'field_unknown' },
    { name: 'an unknown path field below', rules: [{ get: '/a/{shelf.nothing}' }], code: 'field_unknown' },
    {
      name: 'a path field inside a timestamp',
      rules: [{ get: '/a/{published_at.nanos}' }],
      code: 'field_unknown',
    },
    { name: 'a message in the path', rules: [{ get: '/a/{shelf}' }], code: 'field_unsuitable' },
    { name: 'a list in the path', rules: [{ get: '/a/{tags}' }], code: 'field_unsuitable' },
    { name: 'a map in the path', rules: [{ get: '/a/{labels}' }], code: 'field_unsuitable' },
    { name: 'an unknown body field', rules: [{ put: '/a', body: 'nothing' }], code: 'field_unknown' },
    {
      name: 'a body field of a lower level',
      rules: [{ put: '/a', body: 'shelf.id' }],
      code: 'field_unknown',
    },
    {
      name: 'a field in path and body',
      rules: [{ put: '/a/{name}', body: 'name' }],
      code: 'field_unsuitable',
    },
    {
      name: 'an unknown response field',
      rules: [{ get: '/a', responseBody: 'nothing' }],
      code: 'field_unknown',
    },
    {
      name: 'A1: the same binding twice',
      rules: [{ get: '/a/{name}' }, { get: '/a/*' }],
      code: 'binding_duplicate',
    },
    {
      name: 'A1: the same binding twice in one rule',
      rules: [{ get: '/a/{name}', additionalBindings: [{ get: '/a/{person}' }] }],
      code: 'binding_duplicate',
    },
    {
      name: 'A1: the same literal written twice',
      rules: [{ get: '/a%62' }, { get: '/ab' }],
      code: 'binding_duplicate',
    },
    {
      name: 'A1: nested additional bindings',
      rules: [{ get: '/a', additionalBindings: [{ get: '/b', additionalBindings: [{ get: '/c' }] }] }],
      code: 'binding_nested',
    },
    {
      name: 'S1: a client-streaming method',
      rules: [{ post: '/a', body: '*' }],
      code: 'stream_unsupported',
      method: { clientStreaming: true },
    },
    {
      name: 'S1: a bidi-streaming method',
      rules: [{ post: '/a', body: '*' }],
      code: 'stream_unsupported',
      method: { clientStreaming: true, serverStreaming: true },
    },
  ]) {
    it(`refuses at start-up: ${name}`, () => {
      assert.throws(() => compile(rules, method), { name: 'RouteError', code });
    });
  }

  it('takes the same path for two methods and two verbs', () => {
    const rules = [
      { get: '/a/{name}' },
      { delete: '/a/{name}' },
      { get: '/a/{name}:x' },
      { get: '/a/{name}:y' },
    ];
    assert.equal(compile(rules).length, 4);
  });
});
