import assert from 'node:assert/strict';
import { parsePathTemplate } from '../../../server/rpc/rest/path-template.ts';

const any = { kind: 'any' };
const rest = { kind: 'rest' };
const literal = (text: string) => ({ kind: 'literal', text });

describe('path template', () => {
  for (const { text, segments, variables = [], verb } of [
    { text: '/v1', segments: [literal('v1')] },
    { text: '/v1/*', segments: [literal('v1'), any] },
    { text: '/v1/**', segments: [literal('v1'), rest] },
    { text: '/v1/a%20b', segments: [literal('v1'), literal('a b')] },
    { text: '/v1/a:read', segments: [literal('v1'), literal('a')], verb: 'read' },
    {
      text: '/v1/{a.b}',
      segments: [literal('v1'), any],
      variables: [{ fieldPath: ['a', 'b'], start: 1, end: 2, multiSegment: false }],
    },
    {
      text: '/v1/{name=things/*}:read',
      segments: [literal('v1'), literal('things'), any],
      variables: [{ fieldPath: ['name'], start: 1, end: 3, multiSegment: true }],
      verb: 'read',
    },
    {
      text: '/{a=x}/{b=**}',
      segments: [literal('x'), rest],
      variables: [
        { fieldPath: ['a'], start: 0, end: 1, multiSegment: false },
        { fieldPath: ['b'], start: 1, end: undefined, multiSegment: true },
      ],
    },
  ]) {
    it(`P1: parses ${text}`, () => {
      assert.deepEqual(parsePathTemplate(text), { text, segments, variables, verb });
    });
  }

  for (const { text, reason } of [
    { text: '', reason: /must begin with "\/"/ },
    { text: 'v1', reason: /must begin with "\/"/ },
    { text: '/', reason: /empty segment/ },
    { text: '/v1/', reason: /empty segment/ },
    { text: '/v1//x', reason: /empty segment/ },
    { text: '/v1/a:', reason: /empty segment or verb/ },
    { text: '/v1/:read', reason: /empty segment/ },
    { text: '/v1/a:b:c', reason: /invalid literal "a:b"/ },
    { text: '/v1/a:b/c', reason: /invalid literal "a:b"/ },
    { text: '/v1/a b', reason: /invalid literal "a b"/ },
    { text: '/v1/%zz', reason: /invalid literal/ },
    { text: '/v1/%ff', reason: /invalid literal/ },
    { text: '/v1/a*', reason: /invalid literal/ },
    { text: '/v1/***', reason: /invalid literal/ },
    { text: '/v1/**/x', reason: /"\*\*" must be the last segment/ },
    { text: '/v1/{a=**}/{b}', reason: /"\*\*" must be the last segment/ },
    { text: '/v1/{a={b}}', reason: /nests a variable/ },
    { text: '/v1/{a', reason: /without "}"/ },
    { text: '/v1/a}', reason: /without "{"/ },
    { text: '/v1/{}', reason: /names no field/ },
    { text: '/v1/{a.}', reason: /names no field/ },
    { text: '/v1/{1a}', reason: /names no field/ },
    { text: '/v1/{a=}', reason: /empty segment/ },
    { text: '/v1/{a=/x}', reason: /empty segment/ },
    { text: '/v1/{a}x', reason: /text after the variable/ },
    { text: '/v1/x{a}', reason: /invalid literal/ },
    { text: '/v1/{a}/{a}', reason: /binds "a" twice/ },
  ]) {
    it(`P1: refuses ${JSON.stringify(text)}`, () => {
      assert.throws(() => parsePathTemplate(text), {
        name: 'RouteError',
        code: 'template_invalid',
        message: reason,
      });
    });
  }
});
