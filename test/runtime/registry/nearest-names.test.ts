import assert from 'node:assert/strict';
import fc from 'fast-check';
import { editDistance, nearestNames } from '../../../server/runtime/registry/nearest-names.ts';

const NAMES = [
  'Gain',
  'Delay',
  'LevelMeter',
  'LogSink',
  'NullSink',
  'SineGenerator',
  'WavFileSink',
  'WavFileSource',
];

describe('nearestNames', () => {
  for (const { wanted, want } of [
    { wanted: 'Gian', want: ['Gain'] },
    { wanted: 'gain', want: ['Gain'] },
    { wanted: 'Sine', want: ['SineGenerator'] },
    { wanted: 'WavFile', want: ['WavFileSink', 'WavFileSource'] },
    { wanted: 'LevelMeters', want: ['LevelMeter'] },
    { wanted: 'NulSink', want: ['NullSink', 'LogSink'] },
  ]) {
    it(`${wanted}: ${want.join(', ')}`, () => assert.deepEqual(nearestNames(wanted, NAMES), want));
  }

  it('gives the three nearest where none is near, and none where there are none', () => {
    assert.equal(nearestNames('CompletelyDifferent', NAMES).length, 3);
    assert.deepEqual(nearestNames('Gain', []), []);
  });
});

describe('editDistance', () => {
  for (const [a, b, want] of [
    ['', '', 0],
    ['', 'abc', 3],
    ['kitten', 'sitting', 3],
    ['gian', 'gain', 2],
    ['flaw', 'lawn', 2],
  ] as const) {
    it(`from "${a}" to "${b}" is ${want}`, () => assert.equal(editDistance(a, b), want));
  }

  it('is a metric', () => {
    const word = fc.string({ maxLength: 8, unit: fc.constantFrom('a', 'b', 'c') });
    fc.assert(
      fc.property(word, word, word, (a, b, c) => {
        assert.equal(editDistance(a, b), editDistance(b, a));
        assert.equal(editDistance(a, b) === 0, a === b);
        assert.ok(editDistance(a, c) <= editDistance(a, b) + editDistance(b, c));
      }),
    );
  });
});
