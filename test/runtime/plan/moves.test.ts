import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type LaneId, parseProcessorId } from '../../../server/runtime/ids.ts';
import {
  LanePlan,
  type Placeable,
  type PlannedNeighbour,
  planMoves,
} from '../../../server/runtime/plan/index.ts';
import { processor } from '../graph/support/edits.ts';

interface Situation {
  /** Share of a lane by processor, grouped by lane: `{ 'lane-1': { a: 0.5 } }`. */
  readonly lanes: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Frames per second by link: `{ 'a b': 1000 }`. */
  readonly links?: Readonly<Record<string, number>>;
  /** Those that may not be moved. */
  readonly pinned?: readonly string[];
  readonly sharedLanes?: number;
}

/** The moves that are proposed in a situation, and the plan that they were proposed for. */
function movesIn({ lanes, links = {}, pinned = [], sharedLanes = 2 }: Situation) {
  const plan = new LanePlan(sharedLanes);
  const neighbours = new Map<string, PlannedNeighbour[]>();
  for (const [ends, framesPerSecond] of Object.entries(links)) {
    const [from = '', to = ''] = ends.split(' ');
    for (const [id, other] of [
      [from, to],
      [to, from],
    ] as const) {
      neighbours.set(id, [
        ...(neighbours.get(id) ?? []),
        { processorId: parseProcessorId(other), framesPerSecond },
      ]);
    }
  }
  const placeable = (id: string, busyShare: number, lane = 'auto'): Placeable => ({
    spec: processor(id, 'DataFilter', { placement: { lane, priority: 'normal' } }),
    async: false,
    dedicated: false,
    load: { busyShare, callsPerSecond: 1000 },
    neighbours: [],
  });
  for (const [laneId, shares] of Object.entries(lanes)) {
    for (const [id, share] of Object.entries(shares)) {
      if (laneId.startsWith('lane-'))
        plan.placeIn(laneId as LaneId, placeable(id, share), 'placed by the test');
      else plan.place(placeable(id, share, laneId));
    }
  }
  const options = {
    neighboursOf: (id: string) => neighbours.get(id) ?? [],
    isMovable: (id: string) => !pinned.includes(id),
  };
  const moves = planMoves(plan, options);
  const apply = () => {
    for (const { processorId, to, reason } of moves)
      plan.placeIn(to, placeable(processorId, plan.busyShareOfProcessor(processorId)), reason);
    return planMoves(plan, options);
  };
  return { plan, moves, apply };
}

describe('planMoves', () => {
  for (const { name, situation, want } of [
    { name: 'nothing for an empty plan', situation: { lanes: {} }, want: [] },
    {
      name: 'nothing while every lane is within the bound, however uneven',
      situation: { lanes: { 'lane-1': { a: 0.3, b: 0.3 }, 'lane-2': { c: 0.01 } } },
      want: [],
    },
    {
      name: 'to relieve a lane that is too full, with as few restarts as that takes',
      situation: { lanes: { 'lane-1': { a: 0.5, b: 0.4, c: 0.01 }, 'lane-2': { d: 0.05 } } },
      want: [['a', 'lane-1', 'lane-2', 'relieves lane-1: 91 % busy, 41 % without it']],
    },
    {
      name: 'a new lane where one may be opened',
      situation: { lanes: { 'lane-1': { a: 0.6, b: 0.6 } } },
      want: [['a', 'lane-1', 'lane-2', 'relieves lane-1: 120 % busy, 60 % without it']],
    },
    {
      name: 'nothing where no lane has room',
      situation: { lanes: { 'lane-1': { a: 0.9 }, 'lane-2': { b: 0.9 } } },
      want: [],
    },
    {
      name: 'neighbours with many frames between them together',
      situation: {
        lanes: { 'lane-1': { a: 0.2 }, 'lane-2': { b: 0.2, c: 0.1 } },
        links: { 'a b': 30_000, 'b c': 10 },
      },
      want: [
        ['a', 'lane-1', 'lane-2', 'beside b: 30,000 frames a second fewer between lanes, 3.0 % of a lane'],
      ],
    },
    {
      name: 'nothing for a link that carries little: a restart costs more',
      situation: { lanes: { 'lane-1': { a: 0.2 }, 'lane-2': { b: 0.2 } }, links: { 'a b': 5_000 } },
      want: [],
    },
    {
      name: 'nothing that would crowd a lane for the sake of hand-overs',
      situation: { lanes: { 'lane-1': { a: 0.5 }, 'lane-2': { b: 0.5 } }, links: { 'a b': 100_000 } },
      want: [],
    },
    {
      name: 'a whole chain, and not a part of it, to relieve a lane',
      situation: {
        lanes: { 'lane-1': { a: 0.2, b: 0.2, x: 0.2, y: 0.2 } },
        links: { 'a b': 50_000, 'x y': 60_000 },
      },
      want: [
        ['a', 'lane-1', 'lane-2', 'relieves lane-1: 80 % busy, 40 % without it and another'],
        ['b', 'lane-1', 'lane-2', 'relieves lane-1: 80 % busy, 40 % without it and another'],
      ],
    },
    {
      name: 'a chain cut where it carries the least, if it has to be cut',
      situation: {
        lanes: { 'lane-1': { a: 0.3, b: 0.3, c: 0.3, d: 0.3 } },
        links: { 'a b': 90_000, 'b c': 10, 'c d': 90_000 },
      },
      want: [
        [
          'a',
          'lane-1',
          'lane-2',
          'relieves lane-1: 120 % busy, 60 % without it and another; 10 frames a second more between lanes',
        ],
        [
          'b',
          'lane-1',
          'lane-2',
          'relieves lane-1: 120 % busy, 60 % without it and another; 10 frames a second more between lanes',
        ],
      ],
    },
    {
      name: 'nobody who may not be moved',
      situation: { lanes: { 'lane-1': { a: 0.5, b: 0.5 } }, pinned: ['a', 'b'] },
      want: [],
    },
    {
      name: 'nobody whom the user placed',
      situation: { lanes: { stage: { a: 0.5, b: 0.5 }, 'lane-1': { c: 0.1 } }, links: { 'a c': 100_000 } },
      want: [],
    },
  ] as readonly { name: string; situation: Situation; want: readonly (readonly string[])[] }[]) {
    it(`proposes ${name}`, () => {
      const { moves } = movesIn(situation);
      assert.deepEqual(
        moves.map(({ processorId, from, to, reason }) => [processorId, from, to, reason]),
        want,
      );
    });
  }

  const ids = Array.from({ length: 12 }, (_, i) => `p${i}`);
  const situations = fc
    .record({
      processors: fc.array(
        fc.record({
          lane: fc.integer({ min: 1, max: 3 }),
          share: fc.double({ min: 0, max: 0.6, noNaN: true }),
        }),
        { minLength: 1, maxLength: ids.length },
      ),
      links: fc.array(
        fc.record({
          from: fc.nat({ max: ids.length - 1 }),
          to: fc.nat({ max: ids.length - 1 }),
          rate: fc.integer({ min: 0, max: 60_000 }),
        }),
        { maxLength: 15 },
      ),
      pinned: fc.subarray(ids, { maxLength: 3 }),
    })
    .map(({ processors, links, pinned }): Situation => {
      const lanes: Record<string, Record<string, number>> = {};
      for (const [i, { lane, share }] of processors.entries()) {
        lanes[`lane-${lane}`] ??= {};
        Object.assign(lanes[`lane-${lane}`] as object, { [ids[i] as string]: share });
      }
      const between = links
        .filter(({ from, to }) => from < to && to < processors.length)
        .map(({ from, to, rate }) => [`${ids[from]} ${ids[to]}`, rate] as const);
      return { lanes, links: Object.fromEntries(between), pinned, sharedLanes: 3 };
    });

  it('proposes the same for the same, nothing any more once it is done, and loses no load', () => {
    fc.assert(
      fc.property(situations, (situation) => {
        const total = (plan: LanePlan) =>
          [...plan.lanes()].reduce((sum, lane) => sum + plan.busyShareOf(lane), 0);
        const { plan, moves, apply } = movesIn(situation);
        assert.deepEqual(movesIn(situation).moves, moves);
        const before = total(plan);
        assert.deepEqual(apply(), []);
        assert.ok(Math.abs(total(plan) - before) < 1e-6);
      }),
    );
  });

  it('moves nobody who is pinned, and leaves no lane overfull while one of its processors fits elsewhere', () => {
    // Without links nothing speaks against a move but that it is a restart.
    fc.assert(
      fc.property(situations, (situation) => {
        const { plan, moves, apply } = movesIn({ ...situation, links: {} });
        const pinned = new Set(situation.pinned);
        assert.ok(moves.every(({ processorId, reason }) => !pinned.has(processorId) && reason !== ''));
        apply();
        const lanes = [...plan.lanes()];
        const leastBusy = lanes.length < 3 ? 0 : Math.min(...lanes.map((lane) => plan.busyShareOf(lane)));
        for (const lane of lanes) {
          const busy = plan.busyShareOf(lane);
          const couldLeave = [...lane.processorIds].filter(
            (id) =>
              !pinned.has(id) &&
              plan.busyShareOfProcessor(id) > 0.1 &&
              leastBusy + plan.busyShareOfProcessor(id) <= 0.7,
          );
          assert.ok(busy <= 0.75 || couldLeave.length === 0, `${lane.laneId} is ${busy} busy`);
        }
      }),
    );
  });

  it('takes little time for a thousand processors', () => {
    const crowd = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`p${i}`, 0.001]));
    const { moves, plan, apply } = movesIn({ lanes: { 'lane-1': crowd } });
    assert.ok(moves.length > 200);
    apply();
    assert.ok([...plan.lanes()].every((lane) => plan.busyShareOf(lane) < 0.75));
  });
});
