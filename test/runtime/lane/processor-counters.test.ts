import assert from 'node:assert/strict';
import { LastTime } from '../../../server/runtime/clock.ts';
import { LoopPace } from '../../../server/runtime/lane/loop-pace.ts';
import { ProcessTimer } from '../../../server/runtime/lane/process-timer.ts';
import {
  createProcessorCounters,
  createUnmeasuredCounters,
  measuredCounters,
  ProcessorCounterWriter,
  readProcessorCounters,
  readProcessorTimes,
  readProcessorTotals,
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
      assert.ok(Math.abs(value - want) <= want / 32, `${value} must be ${want} to 3.2 %`);
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

describe('the time of a processor', () => {
  const timesOf = (memory: SharedArrayBuffer, nowUs: number) =>
    readProcessorTimes(new Float64Array(memory), nowUs);

  it('is busy up to now while a call goes on', () => {
    const memory = createProcessorCounters();
    const writer = new ProcessorCounterWriter(memory);
    writer.beginTimed(1000);
    assert.equal(timesOf(memory, 1600).busyUs, 600);
    writer.endTimed();
    writer.recordCall(700, 1);
    assert.equal(timesOf(memory, 9000).busyUs, 700);
  });

  it('is blocked from when it is held back until it is not', () => {
    const memory = createProcessorCounters();
    const writer = new ProcessorCounterWriter(memory);
    for (const [isBlocked, nowUs] of [
      [false, 500],
      [true, 1000],
      [true, 1200],
    ] as const)
      writer.setBlocked(isBlocked, nowUs);
    assert.equal(timesOf(memory, 1500).blockedUs, 500);
    writer.setBlocked(false, 3000);
    assert.equal(timesOf(memory, 9000).blockedUs, 2000);
    writer.setBlocked(true, 9000);
    writer.setBlocked(false, 9100);
    assert.equal(timesOf(memory, 9900).blockedUs, 2100);
  });

  it('goes on after a lane was lost in the middle of a call', () => {
    const memory = createProcessorCounters();
    const lost = new ProcessorCounterWriter(memory);
    lost.recordCall(300, 1);
    lost.beginTimed(1000);
    lost.setBlocked(true, 1000);
    new ProcessorCounterWriter(memory);
    const { busyUs, blockedUs } = timesOf(memory, 5000);
    assert.deepEqual([busyUs, blockedUs], [300, 0]);
  });

  it('is not looked at where it is not measured', () => {
    const memory = createUnmeasuredCounters();
    const writer = new ProcessorCounterWriter(memory);
    const timer = new ProcessTimer(new LastTime(), writer);
    assert.equal(timer.untimedCalls, Number.POSITIVE_INFINITY);
    writer.countFramesIn(3);
    writer.publish();
    assert.equal(readProcessorCounters(memory).framesIn, 3);
    assert.equal(readProcessorTotals(memory), undefined);
    const measured = measuredCounters(memory);
    assert.equal(readProcessorCounters(measured).framesIn, 3);
    assert.deepEqual(readProcessorTotals(measured), { calls: 0, busyUs: 0 });
    assert.equal(measuredCounters(measured), measured);
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

  it('changes live, to as often as possible and back', () => {
    const pace = new LoopPace(1000);
    pace.advance(100_000);
    assert.equal(pace.dueCalls(100_500), 0);
    pace.intervalUs = 0;
    assert.equal(pace.dueCalls(101_000), Number.POSITIVE_INFINITY);
    pace.advance(101_000, 64);
    assert.ok(pace.dueUs <= 101_000);
    pace.intervalUs = 1000;
    pace.advance(101_000);
    assert.ok(pace.dueUs > 101_000 && pace.dueUs <= 102_000, `was ${pace.dueUs}`);
  });
});
