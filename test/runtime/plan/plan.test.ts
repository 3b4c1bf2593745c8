import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type Graph,
  type GraphEdit,
  getLink,
  linkIdsOf,
  processorsInLinkOrder,
} from '../../../server/runtime/graph/index.ts';
import { type LaneId, type ProcessorId, parseLaneId, parseProcessorId } from '../../../server/runtime/ids.ts';
import { LanePlan, type Placeable, type ProcessorLoad } from '../../../server/runtime/plan/index.ts';
import { add, connect, graphOf, processor } from '../graph/support/edits.ts';
import { graphTypes } from '../graph/support/graph-types.ts';

const NO_NEIGHBOURS: readonly string[] = [];

/** What the plan has to know of a processor of a test type. */
function placeable(
  id: string,
  type: string,
  lane = 'auto',
  neighbours = NO_NEIGHBOURS,
  priority = 'normal',
): Placeable {
  const spec = processor(id, type, { placement: { lane, priority: priority as 'normal' } });
  const { async, dedicated } = graphTypes.get(type) ?? { async: false, dedicated: false };
  const linked = neighbours.map((neighbour) => ({
    processorId: parseProcessorId(neighbour),
    framesPerSecond: undefined,
  }));
  return { spec, async, dedicated, load: undefined, neighbours: linked };
}

function neighboursIn(graph: Graph, id: ProcessorId): string[] {
  return [...linkIdsOf(graph, id)].flatMap((linkId) => {
    const link = getLink(graph, linkId);
    return link === undefined
      ? []
      : [link.from.processorId === id ? link.to.processorId : link.from.processorId];
  });
}

/** The plan of a whole graph, sources first. */
function planOf(graph: Graph, sharedLanes = 2): LanePlan {
  const plan = new LanePlan(sharedLanes);
  for (const { processorId, processorType, placement } of processorsInLinkOrder(graph)) {
    plan.place(placeable(processorId, processorType, placement.lane, neighboursIn(graph, processorId)));
  }
  return plan;
}

const laneOf = (plan: LanePlan, id: string): string | undefined => plan.laneOf(parseProcessorId(id))?.laneId;

const chain = (name: string): GraphEdit[] => [
  add(`${name}1`, 'DataSource'),
  add(`${name}2`, 'DataFilter'),
  add(`${name}3`, 'AnySink'),
  connect(`${name}12`, `${name}1.data`, `${name}2.data_in`),
  connect(`${name}23`, `${name}2.data_out`, `${name}3.input`),
];

describe('LanePlan', () => {
  for (const { name, processor: placed, want } of [
    {
      name: 'main on the main thread',
      processor: placeable('a', 'DataFilter', 'main'),
      want: { laneId: 'main', kind: 'main', priority: undefined },
    },
    {
      name: 'dedicated in a lane of its own',
      processor: placeable('a', 'DataFilter', 'dedicated'),
      want: { laneId: 'dedicated-a', kind: 'dedicated', priority: 'normal' },
    },
    {
      name: 'a loop without an interval in a lane of its own',
      processor: placeable('busy', 'BusySource'),
      want: { laneId: 'dedicated-busy', kind: 'dedicated', priority: 'normal' },
    },
    {
      name: 'a type that wants it in a lane of its own',
      processor: placeable('server', 'AsyncServer'),
      want: { laneId: 'dedicated-server', kind: 'dedicated', priority: 'normal' },
    },
    {
      name: 'a type that wants its own lane where the user says otherwise',
      processor: placeable('busy', 'BusySource', 'mine'),
      want: { laneId: 'mine', kind: 'shared', priority: 'normal' },
    },
    {
      name: 'a named lane under its name',
      processor: placeable('a', 'DataFilter', 'camera-lane'),
      want: { laneId: 'camera-lane', kind: 'shared', priority: 'normal' },
    },
    {
      name: 'everything else in a shared lane',
      processor: placeable('a', 'DataFilter'),
      want: { laneId: 'lane-1', kind: 'shared', priority: 'normal' },
    },
    {
      name: 'what returns promises in another one',
      processor: placeable('a', 'AsyncFilter'),
      want: { laneId: 'async-1', kind: 'shared', priority: 'normal' },
    },
    {
      name: 'high priority in a lane of that priority',
      processor: placeable('a', 'DataFilter', 'auto', NO_NEIGHBOURS, 'high'),
      want: { laneId: 'lane-high-1', kind: 'shared', priority: 'high' },
    },
  ]) {
    it(`places ${name}`, () => {
      const { laneId, kind, priority, reason } = new LanePlan(2).place(placed);
      assert.deepEqual({ laneId, kind, priority }, want);
      assert.notEqual(reason, '');
    });
  }

  it('puts neighbours together and strangers apart', () => {
    const plan = planOf(graphOf(...chain('a'), ...chain('b')));
    const [ofA, ofB] = ['a', 'b'].map((name) => ['1', '2', '3'].map((n) => laneOf(plan, name + n)));
    assert.equal(new Set(ofA).size, 1);
    assert.equal(new Set(ofB).size, 1);
    assert.notEqual(ofA?.[0], ofB?.[0]);
  });

  it('never puts what returns promises with what does not, unless both name the lane', () => {
    const plan = planOf(
      graphOf(add('a', 'DataSource'), add('b', 'AsyncFilter'), connect('l', 'a.data', 'b.data_in')),
    );
    assert.deepEqual([laneOf(plan, 'a'), laneOf(plan, 'b')], ['lane-1', 'async-1']);
    assert.equal(
      plan.place(placeable('a', 'DataSource', 'ours')),
      plan.place(placeable('b', 'AsyncFilter', 'ours')),
    );
  });

  it('gives each dedicated processor a lane of its own, however alike their ids are', () => {
    const plan = new LanePlan(2);
    const long = 'x'.repeat(63);
    const ids = ['a.b', 'a-b', `${long}.one`, `${long}.two`];
    const lanes = ids.map((id) => plan.place(placeable(id, 'BusySource')).laneId);
    assert.equal(new Set(lanes).size, ids.length);
    for (const lane of lanes) assert.doesNotThrow(() => parseLaneId(lane));
  });

  it('lets a lane go with its last processor and uses its number again', () => {
    const plan = new LanePlan(2);
    plan.place(placeable('a', 'DataFilter'));
    plan.place(placeable('b', 'DataFilter'));
    assert.deepEqual(
      [...plan.lanes()].map(({ laneId }) => laneId),
      ['lane-1', 'lane-2'],
    );
    plan.remove(parseProcessorId('a'));
    assert.equal(plan.hasLane('lane-1' as LaneId), false);
    assert.equal(plan.place(placeable('c', 'DataFilter')).laneId, 'lane-1');
  });

  const actions = fc.array(
    fc.record({
      id: fc.integer({ min: 0, max: 30 }).map((n) => `p${n}`),
      type: fc.constantFrom('DataFilter', 'DataSource', 'AsyncFilter', 'BusySource'),
      lane: fc.constantFrom('auto', 'auto', 'auto', 'main', 'dedicated', 'ours'),
      neighbours: fc.array(
        fc.integer({ min: 0, max: 30 }).map((n) => `p${n}`),
        { maxLength: 4 },
      ),
      isRemoval: fc.boolean(),
    }),
    { maxLength: 100 },
  );

  it('moves nobody but the one that is placed, and makes no more shared lanes than it may', () => {
    fc.assert(
      fc.property(actions, fc.integer({ min: 2, max: 4 }), (list, sharedLanes) => {
        const plan = new LanePlan(sharedLanes);
        const lanes = new Map<string, string>();
        for (const { id, type, lane, neighbours, isRemoval } of list) {
          if (isRemoval) plan.remove(parseProcessorId(id));
          if (isRemoval) lanes.delete(id);
          else lanes.set(id, plan.place(placeable(id, type, lane, neighbours)).laneId);

          const planned = [...plan.lanes()];
          const found = planned.flatMap(({ laneId, processorIds }) =>
            [...processorIds].map((p) => [p, laneId] as const),
          );
          assert.deepEqual(new Map(found), new Map([...lanes]));
          assert.equal(found.length, lanes.size);
          for (const { laneId, kind, processorIds } of planned) {
            assert.ok(processorIds.size > 0, `${laneId} is empty`);
            assert.ok(kind !== 'dedicated' || processorIds.size === 1, `${laneId} is not alone`);
          }
          for (const kind of ['lane', 'async']) {
            const shared = planned.filter(({ laneId }) => laneId.startsWith(`${kind}-`));
            assert.ok(shared.length <= sharedLanes, `${shared.length} shared lanes`);
          }
        }
      }),
    );
  });

  const busy = (busyShare: number): ProcessorLoad => ({ busyShare, callsPerSecond: 1000 });

  for (const { name, loads, links, want } of [
    {
      name: 'cheap neighbours into one lane, and says what was measured',
      loads: { mic: busy(0.002), gain: busy(0.002) },
      links: { gain: { mic: 1000 } },
      want: {
        mic: ['lane-1', /^a lane of its own so far: no neighbour in a shared lane$/],
        gain: ['lane-1', /^beside mic: measured 2\.0 µs a call, 0\.2 % of a lane$/],
      },
    },
    {
      name: 'what was never measured by an estimate, and says so',
      loads: {},
      links: { b: { a: undefined } },
      want: {
        a: ['lane-1', /so far/],
        b: ['lane-1', /^beside a: not measured yet, taken as 5\.0 % of a lane$/],
      },
    },
    {
      name: 'what would overload the lane of its neighbour into another, and says by how much',
      loads: { gain: busy(0.5), stranger: busy(0.1), heavy: busy(0.42) },
      links: { heavy: { gain: 10 } },
      want: {
        gain: ['lane-1', /so far/],
        stranger: ['lane-2', /so far/],
        heavy: [
          'lane-2',
          /^emptiest shared lane: beside gain the lane lane-1 would be 92 % busy; measured 420 µs/,
        ],
      },
    },
    {
      name: 'a meeting of two lanes where most frames come from',
      loads: { slow: busy(0.1), fast: busy(0.1), mixer: busy(0.1) },
      links: { mixer: { slow: 10, fast: 48_000 } },
      want: { slow: ['lane-1', /./], fast: ['lane-2', /./], mixer: ['lane-2', /^beside fast/] },
    },
    {
      name: 'neighbours together although no lane has room, as long as the others are as full',
      loads: { a: busy(0.8), b: busy(0.75), c: busy(0.02) },
      links: { c: { a: 100 } },
      want: { a: ['lane-1', /./], b: ['lane-2', /./], c: ['lane-1', /^beside a: no lane has room/] },
    },
    {
      name: 'nothing beside a neighbour whose lane is much fuller than the others, where no lane has room',
      loads: { a: busy(2), b: busy(0.75), c: busy(0.02) },
      links: { c: { a: 100 } },
      want: { a: ['lane-1', /./], b: ['lane-2', /./], c: ['lane-2', /^emptiest shared lane: beside a/] },
    },
  ] as readonly {
    name: string;
    loads: Record<string, ProcessorLoad>;
    links: Record<string, Record<string, number | undefined>>;
    want: Record<string, readonly [string, RegExp]>;
  }[]) {
    it(`places ${name}`, () => {
      const plan = new LanePlan(2);
      for (const id of Object.keys(want)) {
        const neighbours = Object.entries(links[id] ?? {}).map(([neighbour, framesPerSecond]) => ({
          processorId: parseProcessorId(neighbour),
          framesPerSecond,
        }));
        plan.place({ ...placeable(id, 'DataFilter'), load: loads[id], neighbours });
      }
      for (const [id, [laneId, reason]] of Object.entries(want)) {
        assert.equal(laneOf(plan, id), laneId);
        assert.match(plan.placeOf(parseProcessorId(id))?.reason ?? '', reason);
      }
    });
  }

  it('keeps who is told to be apart in a lane of its own, with the reason', () => {
    const plan = new LanePlan(2);
    const lane = plan.place({ ...placeable('a', 'DataFilter'), apart: 'it held lane-1' });
    assert.deepEqual([lane.laneId, lane.kind], ['dedicated-a', 'dedicated']);
    assert.equal(plan.placeOf(parseProcessorId('a'))?.reason, 'it held lane-1');
  });

  it('adds up what lanes are taken to cost, also when it is measured anew', () => {
    const plan = new LanePlan(2);
    plan.place({ ...placeable('a', 'DataFilter'), load: busy(0.25) });
    const lane = plan.place({ ...placeable('b', 'DataFilter', 'auto', ['a']), load: busy(0.25) });
    assert.equal(plan.busyShareOf(lane), 0.5);
    plan.takeLoads(() => busy(0.125));
    assert.equal(plan.busyShareOf(lane), 0.25);
    plan.remove(parseProcessorId('a'));
    assert.equal(plan.busyShareOf(lane), 0.125);
  });

  const shares = fc.array(
    fc.record({ share: fc.double({ min: 0, max: 0.9, noNaN: true }), near: fc.nat({ max: 40 }) }),
    { maxLength: 40 },
  );

  it('never fills a lane above the bound while another has room, and loses no load', () => {
    fc.assert(
      fc.property(shares, fc.integer({ min: 2, max: 4 }), (list, sharedLanes) => {
        const plan = new LanePlan(sharedLanes);
        for (const [i, { share, near }] of list.entries()) {
          const before = new Map([...plan.lanes()].map((lane) => [lane.laneId, plan.busyShareOf(lane)]));
          const lane = plan.place({
            ...placeable(`p${i}`, 'DataFilter', 'auto', [`p${near}`]),
            load: busy(share),
          });
          const emptiest = before.size < sharedLanes ? 0 : Math.min(...before.values());
          const isForced = emptiest + share > 0.7;
          assert.ok(plan.busyShareOf(lane) <= 0.7 + 1e-6 || isForced, `${lane.laneId} is overfull`);
        }
        const total = [...plan.lanes()].reduce((sum, lane) => sum + plan.busyShareOf(lane), 0);
        const wanted = list.reduce((sum, { share }) => sum + share, 0);
        assert.ok(Math.abs(total - wanted) < 1e-6, `${total} is ${wanted}`);
      }),
    );
  });

  it('comes to the same for the same graph', () => {
    const graph = graphOf(...chain('a'), ...chain('b'), ...chain('c'));
    const lanesOf = (plan: LanePlan) =>
      [...plan.lanes()].map(({ laneId, processorIds }) => [laneId, [...processorIds]]);
    assert.deepEqual(lanesOf(planOf(graph)), lanesOf(planOf(graph)));
  });
});
