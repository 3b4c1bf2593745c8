import assert from 'node:assert/strict';
import fc from 'fast-check';
import { mergePatch, sameJson, withoutNulls } from '../../../server/runtime/graph/json-values.ts';
import type { JsonObject } from '../../../server/runtime/json.ts';

const anyObject = fc.dictionary(fc.string(), fc.jsonValue(), {
  noNullPrototype: true,
}) as fc.Arbitrary<JsonObject>;

describe('mergePatch', () => {
  // The examples of RFC 7396, appendix A, whose target and patch are objects.
  for (const { target, patch, want } of [
    { target: { a: 'b' }, patch: { a: 'c' }, want: { a: 'c' } },
    { target: { a: 'b' }, patch: { b: 'c' }, want: { a: 'b', b: 'c' } },
    { target: { a: 'b' }, patch: { a: null }, want: {} },
    { target: { a: 'b', b: 'c' }, patch: { a: null }, want: { b: 'c' } },
    { target: { a: ['b'] }, patch: { a: 'c' }, want: { a: 'c' } },
    { target: { a: 'c' }, patch: { a: ['b'] }, want: { a: ['b'] } },
    { target: { a: { b: 'c' } }, patch: { a: { b: 'd', c: null } }, want: { a: { b: 'd' } } },
    { target: { a: [{ b: 'c' }] }, patch: { a: [1] }, want: { a: [1] } },
    { target: { e: null }, patch: { a: 1 }, want: { e: null, a: 1 } },
    { target: {}, patch: { a: { bb: { ccc: null } } }, want: { a: { bb: {} } } },
  ] satisfies { target: JsonObject; patch: JsonObject; want: JsonObject }[]) {
    it(`${JSON.stringify(target)} after ${JSON.stringify(patch)} is ${JSON.stringify(want)}`, () => {
      assert.deepEqual(mergePatch(target, patch), want);
    });
  }

  it('keeps a key that is called __proto__ a key', () => {
    const merged = mergePatch({}, JSON.parse('{"__proto__": {"gain": 2}}'));
    assert.deepEqual(Object.keys(merged), ['__proto__']);
    assert.equal(merged.gain, undefined);
  });

  it('comes to the same when it is done twice, and changes neither argument', () => {
    fc.assert(
      fc.property(anyObject, anyObject, (target, patch) => {
        const before = structuredClone([target, patch]);
        const once = mergePatch(target, patch);
        assert.deepEqual(mergePatch(once, patch), once);
        assert.deepEqual([target, patch], before);
      }),
    );
  });
});

describe('withoutNulls', () => {
  it('drops null keys of objects at any depth and keeps nulls in lists', () => {
    assert.deepEqual(withoutNulls({ a: null, b: { c: null, d: 1 }, e: [null] }), { b: { d: 1 }, e: [null] });
  });
});

describe('sameJson', () => {
  for (const { a, b, want } of [
    { a: { x: 1, y: [1, { z: null }] }, b: { y: [1, { z: null }], x: 1 }, want: true },
    { a: { x: undefined }, b: {}, want: true },
    { a: { x: null }, b: {}, want: false },
    { a: [1, 2], b: [2, 1], want: false },
    { a: [], b: {}, want: false },
    { a: 0, b: '', want: false },
    { a: 0, b: -0, want: true },
    { a: null, b: undefined, want: false },
    { a: { x: 1 }, b: { y: 1 }, want: false },
  ]) {
    it(`${JSON.stringify(a)} and ${JSON.stringify(b)}: ${want}`, () => assert.equal(sameJson(a, b), want));
  }

  it('agrees with the texts of what was read from JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => assert.ok(sameJson(value, JSON.parse(JSON.stringify(value))))),
    );
  });
});
