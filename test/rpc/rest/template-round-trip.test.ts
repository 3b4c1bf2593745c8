import assert from 'node:assert/strict';
import { toBinary } from '@bufbuild/protobuf';
import { Code, ConnectError, createConnectRouter } from '@connectrpc/connect';
import fc from 'fast-check';
import { createTranscoder } from '../../../server/rpc/rest/create-transcoder.ts';
import { httpRule, registry, serviceWithRules } from './support/fixture.ts';

const stringFields = ['name', 'person', 'shelf.id', 'shelf.room', 'shelf.parent.id'];

const literal = fc.stringMatching(/^[a-z]{1,3}$/).map((text) => ({ template: text, path: text }));
const value = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => text.isWellFormed());

/** A template, a path that it matches and the values in it. */
const bound = fc
  .tuple(
    fc.shuffledSubarray(stringFields, { minLength: 1 }),
    fc.array(value, { minLength: stringFields.length, maxLength: stringFields.length }),
    fc.array(literal, { minLength: stringFields.length, maxLength: stringFields.length }),
    fc.constantFrom('', ':act'),
  )
  .map(([fields, values, literals, verb]) => {
    const parts = fields.map((field, index) => ({
      template: `${literals[index]?.template}/{${field}}`,
      path: `${literals[index]?.path}/${encodeURIComponent(values[index] ?? '')}`,
    }));
    return {
      template: `/${parts.map((part) => part.template).join('/')}${verb}`,
      url: `/${parts.map((part) => part.path).join('/')}${verb}`,
      want: Object.fromEntries(fields.map((field, index) => [field, values[index]])),
    };
  });

describe('templates', () => {
  it('D1: a path made from a template and values gives the values back', () => {
    fc.assert(
      fc.property(bound, ({ template, url, want }) => {
        const service = serviceWithRules([{ get: template }]);
        const [method] = service.methods;
        assert.ok(method);
        const handlers = createConnectRouter().service(service, {}).handlers;
        const transcoder = createTranscoder({ services: [service], handlers, httpRule, registry });
        const message = transcoder.bindRequest(method, { url, headers: {} });
        const printed = JSON.parse(transcoder.print(method.input, message));
        const got = Object.fromEntries(
          Object.keys(want).map((field) => [field, field.split('.').reduce((at, name) => at[name], printed)]),
        );
        assert.deepEqual(got, want);
      }),
    );
  });

  it('Q3: any query is bound or refused with INVALID_ARGUMENT', () => {
    const service = serviceWithRules([{ get: '/a' }]);
    const [method] = service.methods;
    assert.ok(method);
    const transcoder = createTranscoder({ services: [service], handlers: [], httpRule, registry });
    const name = fc.oneof(fc.constantFrom(...method.input.fields.map((field) => field.name)), fc.string());
    const text = fc.constantFrom(
      '',
      '1',
      '-1',
      'NaN',
      'true',
      '1s',
      'novel',
      '2024-01-01T00:00:00Z',
      'a,b',
      'AA==',
    );
    const parameter = fc.tuple(name, fc.oneof(text, fc.string())).map(([key, value]) => `${key}=${value}`);
    fc.assert(
      fc.property(fc.array(parameter, { maxLength: 3 }), (parameters) => {
        const url = `/a?${parameters.join('&')}`;
        const outcome = attempt(() =>
          toBinary(method.input, transcoder.bindRequest(method, { url, headers: {} })),
        );
        const code = outcome instanceof ConnectError ? outcome.code : undefined;
        assert.ok(outcome instanceof Uint8Array || code === Code.InvalidArgument, String(outcome));
      }),
      { numRuns: 2000 },
    );
  });
});

function attempt(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return error;
  }
}
