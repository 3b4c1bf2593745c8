import assert from 'node:assert/strict';
import { LastTime } from '../../../server/runtime/clock.ts';
import { LoopPace } from '../../../server/runtime/lane/loop-pace.ts';
import { ProcessTimer } from '../../../server/runtime/lane/process-timer.ts';
import {
  createProcessorCounters,
  ProcessorCounterWriter,
  readProcessorCounters,
} from '../../../server/runtime/lane/processor-counters.ts';

function timeCalls(durationsUs: Iterable<number>) {
  const memory = createProcessorCounters();
  let nowUs = 1000;
  let reads = 0;
  const nowUsOf = () => {
    reads++;
    return nowUs;
  };
  const timer = new ProcessTimer(new LastTime({ nowUs: nowUsOf }), new ProcessorCounterWriter(memory));
  for (const durationUs of durationsUs) {
    const isTimed = timer.untimedCalls === 0;
    const startedUs = isTimed ? timer.begin() : 0;
    nowUs += durationUs;
    if (isTimed) timer.end(startedUs);
    else timer.passed(1);
  }
  return { time: readProcessorCounters(memory).processTime, reads };
}

const repeat = <T>(count: number, value: T): T[] => new Array(count).fill(value);

describe('the times of process calls', () => {
  it('are taken of every slow call', () => {
    const { time } = timeCalls([...repeat(90, 1000), ...repeat(10, 8000)]);
    assert.equal(time.count, 100);
    assert.equal(time.sumUs, 170_000);
    assert.equal(time.maxUs, 8000);
    for (const [value, want] of [
      [time.p50Us, 1000],
      [time.p90Us, 1000],
      [time.p99Us, 8000],
    ] as const) {
      assert.equal(
        value >= want / 2 && value <= want * 2,
        true,
        `${value} is within a factor of two of ${want}`,
      );
    }
  });

  it('are taken of one fast call in 64, which stands for all of them', () => {
    const calls = 64 * 101;
    const { time, reads } = timeCalls(repeat(calls, 1));
    assert.equal(time.count, calls);
    assert.equal(time.sumUs, calls);
    assert.equal(reads, 2 * (64 + 100));
  });

  it('are nothing before the first call', () => {
    const { time } = timeCalls([]);
    assert.deepEqual(time, { count: 0, sumUs: 0, p50Us: 0, p90Us: 0, p99Us: 0, maxUs: 0 });
  });
});

describe('the pace of a loop processor', () => {
  for (const { name, intervalUs, callsAt, want } of [
    { name: 'begins with the first call', intervalUs: 100, callsAt: [100_000], want: 100_100 },
    {
      name: 'keeps to its beat when it is late',
      intervalUs: 10_000,
      callsAt: [100_000, 110_400],
      want: 120_000,
    },
    {
      name: 'skips what it missed of a long interval',
      intervalUs: 10_000,
      callsAt: [100_000, 150_000],
      want: 160_000,
    },
    { name: 'catches up on a short interval', intervalUs: 100, callsAt: [100_000, 100_500], want: 100_200 },
    {
      name: 'catches up on no more than a millisecond',
      intervalUs: 100,
      callsAt: [100_000, 200_000],
      want: 199_000,
    },
  ]) {
    it(name, () => {
      const pace = new LoopPace(intervalUs);
      for (const atUs of callsAt) pace.advance(atUs);
      assert.equal(pace.dueUs, want);
    });
  }
});
