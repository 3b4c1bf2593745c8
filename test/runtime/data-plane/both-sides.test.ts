import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createSegment } from '../../../server/runtime/frame/segment.ts';
import { ControlMemory } from '../../../server/runtime/link/control-memory.ts';
import { DELIVERIES, type Delivery } from '../../../server/runtime/vocabulary.ts';
import { JavaScriptSide } from './support/javascript-side.ts';
import { NativeSide } from './support/native-side.ts';
import { WorldOfBothSides } from './support/world-of-both-sides.ts';

const segment = createSegment(16 * 1024 * 1024);
const control = new ControlMemory(segment);
const places = [1, 2, 3] as const;
const javaScript = places.map((index) => new JavaScriptSide(segment, index));
const native = places.map((index) => new NativeSide(segment, 10 + index));

const delivery = fc.constantFrom(...(DELIVERIES.slice(1) as Delivery[]));
const lane = fc.nat(2);
const link = fc.nat(2);
const at = fc.nat(30);
const step = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(fc.constant('acquire' as const), lane) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('share' as const), lane, at) },
  { weight: 3, arbitrary: fc.tuple(fc.constant('release' as const), lane, at) },
  { weight: 10, arbitrary: fc.tuple(fc.constant('write' as const), link, at) },
  { weight: 7, arbitrary: fc.tuple(fc.constant('read' as const), link) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('discard' as const), link) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('setPaused' as const), link, fc.boolean()) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constant('resize' as const), link, delivery, fc.integer({ min: 1, max: 6 })),
  },
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

function take(world: WorldOfBothSides, [action, ...args]: Step): void {
  (world[action] as (...values: typeof args) => void).apply(world, args);
}

describe('both languages on the same memory', () => {
  it('do what a plain model does, whatever happens, each lane in either language', () => {
    const languages = fc.tuple(fc.boolean(), fc.boolean(), fc.boolean());
    const input = fc.tuple(languages, delivery, fc.array(step, { minLength: 20, maxLength: 150 }));
    fc.assert(
      fc.property(input, ([isNative, profile, steps]) => {
        const sides = places.map((_, i) => (isNative[i] === true ? native[i] : javaScript[i]));
        const world = new WorldOfBothSides(control, sides as never, profile);
        for (const each of steps) {
          take(world, each);
          world.assertAsModelled();
        }
        world.end();
        for (const { pool } of javaScript) assert.equal(pool.inUse, 0);
      }),
      { numRuns: 300 },
    );
  });
});
