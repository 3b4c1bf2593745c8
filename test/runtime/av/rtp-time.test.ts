import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  fromRtpTimestamp,
  RtpUnwrapper,
  rtpTicksToNs,
  toRtpTimestamp,
} from '../../../server/runtime/av/rtp-time.ts';

const TWO_31 = 2 ** 31;
const TWO_32 = 2 ** 32;
const clockRateHz = fc.oneof(
  fc.constantFrom(8000, 44_100, 48_000, 90_000, 1_000_000_000),
  fc.integer({ min: 1, max: 1_000_000_000 }),
);
const timestamps = fc.integer({ min: 0, max: TWO_32 - 1 });
const years = fc.bigInt({ min: 0n, max: 10n ** 18n });

describe('an RTP timestamp', () => {
  for (const { name, ns, clock, want } of [
    { name: 'counts at 90 kHz by default', ns: 1_000_000_000n, clock: {}, want: 90_000 },
    {
      name: 'counts at the rate of the stream',
      ns: 1_000_000_000n,
      clock: { clockRateHz: 48_000 },
      want: 48_000,
    },
    { name: 'is the nearest below the middle', ns: 5555n, clock: {}, want: 0 },
    { name: 'is the nearest above the middle', ns: 5556n, clock: {}, want: 1 },
    { name: 'begins at the offset', ns: 0n, clock: { offset: 4_000_000_000 }, want: 4_000_000_000 },
    { name: 'wraps around with the offset', ns: 1_000_000_000n, clock: { offset: TWO_32 - 1 }, want: 89_999 },
    { name: 'wraps around by itself', ns: 47_721_858_844_444n, clock: {}, want: 0 },
    { name: 'is the last before it wraps', ns: 47_721_858_833_333n, clock: {}, want: TWO_32 - 1 },
    {
      name: 'is exact after 30 years',
      ns: 946_684_800_000_000_001n,
      clock: {},
      want: (946_684_800 * 90_000) % TWO_32,
    },
    { name: 'counts back before 0', ns: -1_000_000_000n, clock: {}, want: TWO_32 - 90_000 },
  ]) {
    it(name, () => {
      assert.equal(toRtpTimestamp(ns, clock), want);
    });
  }

  it('comes back from the time that it stands for', () => {
    fc.assert(
      fc.property(timestamps, years, clockRateHz, timestamps, (timestamp, nearNs, rate, offset) => {
        const clock = { clockRateHz: rate, offset };
        assert.equal(toRtpTimestamp(fromRtpTimestamp(timestamp, nearNs, clock), clock), timestamp);
      }),
    );
  });

  it('gives the time back to half a tick, if a time within half a wrap-around is known', () => {
    const off = fc.double({ min: -0.49, max: 0.49, noNaN: true });
    fc.assert(
      fc.property(years, clockRateHz, timestamps, off, (ns, rate, offset, share) => {
        const clock = { clockRateHz: rate, offset };
        const nearNs = ns + BigInt(Math.round((share * TWO_32 * 1e9) / rate));
        const back = fromRtpTimestamp(toRtpTimestamp(ns, clock), nearNs, clock);
        const error = back > ns ? back - ns : ns - back;
        assert.ok(error <= BigInt(Math.ceil(5e8 / rate)), `${error} ns`);
      }),
    );
  });

  for (const { name, call, path, message } of [
    {
      name: 'a rate of 0',
      call: () => toRtpTimestamp(0n, { clockRateHz: 0 }),
      path: 'clockRateHz',
      message: 'clockRateHz must be a whole number from 1 to 1000000000, was 0',
    },
    {
      name: 'half a tick per second',
      call: () => rtpTicksToNs(1, 0.5),
      path: 'clockRateHz',
      message: 'clockRateHz must be a whole number from 1 to 1000000000, was 0.5',
    },
    {
      name: 'an offset of 33 bits',
      call: () => toRtpTimestamp(0n, { offset: TWO_32 }),
      path: 'offset',
      message: 'offset must be a whole number from 0 to 4294967295, was 4294967296',
    },
    {
      name: 'a negative timestamp',
      call: () => fromRtpTimestamp(-1, 0n),
      path: 'timestamp',
      message: 'timestamp must be a whole number from 0 to 4294967295, was -1',
    },
    {
      name: 'no timestamp',
      call: () => new RtpUnwrapper().unwrap(Number.NaN),
      path: 'timestamp',
      message: 'timestamp must be a whole number from 0 to 4294967295, was NaN',
    },
  ]) {
    it(`refuses ${name}`, () => {
      assert.throws(call, { code: 'FIELD_INVALID', path, message });
    });
  }
});

describe('a stream of RTP timestamps', () => {
  it('counts on over the wrap-around', () => {
    const unwrapper = new RtpUnwrapper();
    const stamps = [TWO_32 - 3000, TWO_32 - 1, 2999, 5999];
    assert.deepEqual(
      stamps.map((stamp) => unwrapper.unwrap(stamp)),
      [TWO_32 - 3000, TWO_32 - 1, TWO_32 + 2999, TWO_32 + 5999],
    );
  });

  it('takes late packets from before the wrap-around for what they are', () => {
    const unwrapper = new RtpUnwrapper();
    const stamps = [5, TWO_32 - 5, 10];
    assert.deepEqual(
      stamps.map((stamp) => unwrapper.unwrap(stamp)),
      [5, -5, 10],
    );
  });

  it('follows any steps below half a wrap-around, forward and late', () => {
    const steps = fc.array(fc.integer({ min: -TWO_31 + 1, max: TWO_31 - 1 }), { maxLength: 50 });
    fc.assert(
      fc.property(timestamps, steps, (first, list) => {
        const unwrapper = new RtpUnwrapper();
        let newest = unwrapper.unwrap(first);
        assert.equal(newest, first);
        for (const step of list) {
          const want = newest + step;
          assert.equal(unwrapper.unwrap(((want % TWO_32) + TWO_32) % TWO_32), want);
          newest = Math.max(newest, want);
        }
      }),
    );
  });

  it('begins anew after a reset', () => {
    const unwrapper = new RtpUnwrapper();
    unwrapper.unwrap(TWO_32 - 1);
    unwrapper.reset();
    assert.equal(unwrapper.unwrap(7), 7);
  });

  it('tells its ticks as time', () => {
    assert.equal(rtpTicksToNs(90_000), 1_000_000_000n);
    assert.equal(rtpTicksToNs(1), 11_111n);
    assert.equal(rtpTicksToNs(-3), -33_333n);
    assert.equal(rtpTicksToNs(2n ** 60n, 48_000), (2n ** 60n * 1_000_000_000n + 24_000n) / 48_000n);
  });
});
