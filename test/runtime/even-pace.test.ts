import assert from 'node:assert/strict';
import fc from 'fast-check';
import { EvenPace } from '../../server/runtime/even-pace.ts';

/** The times at which something passes that comes at these times. */
function passing(pace: EvenPace, timesUs: readonly number[]): number[] {
  return timesUs.filter((nowUs) => {
    const isDue = pace.isDue(nowUs);
    if (isDue) pace.advance(nowUs);
    return isDue;
  });
}

describe('EvenPace', () => {
  it('lets no more pass in any time than the rate allows and a burst', () => {
    const gaps = fc.array(fc.nat(200_000), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(
        fc.double({ min: 0.5, max: 1000, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        gaps,
        (perSecond, burstSeconds, steps) => {
          let nowUs = 1e9;
          const timesUs = steps.map((step) => (nowUs += step));
          const passed = passing(new EvenPace(perSecond, burstSeconds), timesUs);
          for (const [i, fromUs] of passed.entries())
            for (const [k, toUs] of passed.slice(i).entries()) {
              const allowed = ((toUs - fromUs) / 1e6 + burstSeconds) * perSecond + 1;
              assert.ok(k + 1 <= allowed + 1e-6, `${k + 1} in ${toUs - fromUs} µs, allowed ${allowed}`);
            }
        },
      ),
    );
  });

  it('lets everything pass that comes at its rate, however it jitters within the burst', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(49_000), { minLength: 1, maxLength: 100 }), (delaysUs) => {
        const timesUs = delaysUs.map((delayUs, i) => 1e9 + i * 10_000 + delayUs).toSorted((a, b) => a - b);
        assert.equal(passing(new EvenPace(100, 0.05), timesUs).length, timesUs.length);
      }),
    );
  });

  for (const { what, perSecond, burstSeconds, timesUs, want } of [
    { what: 'one at once without a burst', perSecond: 10, burstSeconds: 0, timesUs: [0, 0, 0], want: 1 },
    { what: 'a burst at once', perSecond: 30, burstSeconds: 0.15, timesUs: [0, 0, 0, 0, 0, 0], want: 5 },
    {
      what: 'the next when it is due',
      perSecond: 10,
      burstSeconds: 0,
      timesUs: [0, 99_999, 100_000],
      want: 2,
    },
    {
      what: 'no more than a burst after a silence',
      perSecond: 10,
      burstSeconds: 0.1,
      timesUs: [0, 6e7, 6e7, 6e7],
      want: 3,
    },
  ])
    it(`lets ${what} pass`, () => {
      const pace = new EvenPace(perSecond, burstSeconds);
      assert.equal(
        passing(
          pace,
          timesUs.map((us) => us + 1e9),
        ).length,
        want,
      );
    });
});
