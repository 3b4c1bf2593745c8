import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createHeartbeats, LaneHeartbeat, sightLane } from '../../../server/runtime/lane/lane-heartbeat.ts';
import {
  type TurnVerdict,
  type TurnWatch,
  watchTurn,
} from '../../../server/runtime/supervision/turn-watch.ts';

/** What a lane was seen doing at `atMs`: which start of a processor in which turn. */
type Look = readonly [atMs: number, startNumber: number, turns: number];

function verdictsOf(looks: readonly Look[], limitMs: number | undefined): (TurnVerdict & { atMs: number })[] {
  let watch: TurnWatch | undefined;
  return looks.flatMap(([atMs, startNumber, turns]) => {
    const step = watchTurn(watch, { startNumber, turns }, atMs * 1000, limitMs);
    watch = step.watch;
    return step.verdict === undefined ? [] : [{ ...step.verdict, atMs }];
  });
}

describe('watchTurn', () => {
  const stall: readonly Look[] = [
    [0, 7, 1],
    [100, 7, 2],
    [200, 7, 2],
    [300, 7, 2],
    [400, 7, 2],
  ];
  for (const { name, looks, limitMs, want } of [
    {
      name: 'nothing of a lane that sleeps',
      looks: [
        [0, 0, 5],
        [900, 0, 5],
      ],
      limitMs: 100,
      want: [],
    },
    {
      name: 'nothing of one processor that gets many turns',
      looks: [
        [0, 7, 1],
        [500, 7, 2],
        [900, 7, 3],
      ],
      limitMs: 100,
      want: [],
    },
    { name: 'a stall once', looks: stall, limitMs: 200, want: [['stalled', 7, 200, 300]] },
    { name: 'nothing before the limit', looks: stall, limitMs: 301, want: [] },
    { name: 'nothing without a limit', looks: stall, limitMs: undefined, want: [] },
    {
      name: 'that it is over, where the lane sleeps',
      looks: [...stall, [500, 0, 2]],
      limitMs: 200,
      want: [
        ['stalled', 7, 200, 300],
        ['recovered', 7, 400, 500],
      ],
    },
    {
      name: 'that it is over, where another has its turn, and the next stall again',
      looks: [...stall, [500, 8, 3], [600, 8, 3], [700, 8, 3]],
      limitMs: 200,
      want: [
        ['stalled', 7, 200, 300],
        ['recovered', 7, 400, 500],
        ['stalled', 8, 200, 700],
      ],
    },
    {
      name: 'nothing of an end that nobody was told the beginning of',
      looks: [...stall, [500, 0, 2]],
      limitMs: 9_000,
      want: [],
    },
  ] as readonly {
    name: string;
    looks: readonly Look[];
    limitMs: number | undefined;
    want: readonly (readonly (string | number)[])[];
  }[]) {
    it(`tells ${name}`, () => {
      const told = verdictsOf(looks, limitMs);
      assert.deepEqual(
        told.map(({ kind, startNumber, stalledForMs, atMs }) => [kind, startNumber, stalledForMs, atMs]),
        want,
      );
    });
  }

  it('tells stalls and recoveries in turns, and no stall shorter than the limit', () => {
    const looks = fc.array(fc.tuple(fc.integer({ min: 1, max: 300 }), fc.nat({ max: 2 }), fc.boolean()));
    fc.assert(
      fc.property(looks, fc.integer({ min: 1, max: 1_000 }), (list, limitMs) => {
        let atMs = 0;
        let turns = 0;
        let current = 0;
        const told = verdictsOf(
          list.map(([passedMs, startNumber, goesOn]): Look => {
            atMs += passedMs;
            if (!goesOn) {
              current = startNumber;
              turns++;
            }
            return [atMs, current, turns];
          }),
          limitMs,
        );
        for (const [i, verdict] of told.entries()) {
          assert.equal(verdict.kind, i % 2 === 0 ? 'stalled' : 'recovered');
          assert.ok(verdict.stalledForMs >= limitMs);
        }
      }),
    );
  });
});

describe('LaneHeartbeat', () => {
  it('shows whose turn it is, and each turn as another, apart from other lanes', () => {
    const memory = createHeartbeats(3);
    const heartbeat = new LaneHeartbeat(memory, 1);
    assert.deepEqual(sightLane(memory, 1), { startNumber: 0, turns: 0 });
    heartbeat.enter(5);
    const first = sightLane(memory, 1);
    heartbeat.enter(5);
    const second = sightLane(memory, 1);
    assert.deepEqual([first.startNumber, second.startNumber], [5, 5]);
    assert.notEqual(first.turns, second.turns);
    heartbeat.leave();
    assert.equal(sightLane(memory, 1).startNumber, 0);
    for (const other of [0, 2]) assert.deepEqual(sightLane(memory, other), { startNumber: 0, turns: 0 });
  });
});
