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
import { LanePlan, movesTo, type Placeable } from '../../../server/runtime/plan/index.ts';
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
  return { spec, async, dedicated, neighbours: neighbours.map((neighbour) => parseProcessorId(neighbour)) };
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
      want: { laneId: 'main', kind: 'main', nice: undefined },
    },
    {
      name: 'dedicated in a lane of its own',
      processor: placeable('a', 'DataFilter', 'dedicated'),
      want: { laneId: 'dedicated-a', kind: 'dedicated', nice: 15 },
    },
    {
      name: 'a loop without an interval in a lane of its own',
      processor: placeable('busy', 'BusySource'),
      want: { laneId: 'dedicated-busy', kind: 'dedicated', nice: 15 },
    },
    {
      name: 'a type that wants it in a lane of its own',
      processor: placeable('server', 'AsyncServer'),
      want: { laneId: 'dedicated-server', kind: 'dedicated', nice: 15 },
    },
    {
      name: 'a type that wants its own lane where the user says otherwise',
      processor: placeable('busy', 'BusySource', 'mine'),
      want: { laneId: 'mine', kind: 'shared', nice: 15 },
    },
    {
      name: 'a named lane under its name',
      processor: placeable('a', 'DataFilter', 'camera-lane'),
      want: { laneId: 'camera-lane', kind: 'shared', nice: 15 },
    },
    {
      name: 'everything else in a shared lane',
      processor: placeable('a', 'DataFilter'),
      want: { laneId: 'lane-1', kind: 'shared', nice: 15 },
    },
    {
      name: 'what returns promises in another one',
      processor: placeable('a', 'AsyncFilter'),
      want: { laneId: 'async-1', kind: 'shared', nice: 15 },
    },
    {
      name: 'high priority in a lane with the nice value of the API',
      processor: placeable('a', 'DataFilter', 'auto', NO_NEIGHBOURS, 'high'),
      want: { laneId: 'lane-high-1', kind: 'shared', nice: 0 },
    },
  ]) {
    it(`places ${name}`, () => {
      const { laneId, kind, nice, reason } = new LanePlan(2).place(placed);
      assert.deepEqual({ laneId, kind, nice }, want);
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

  it('comes to the same for the same graph', () => {
    const graph = graphOf(...chain('a'), ...chain('b'), ...chain('c'));
    const lanesOf = (plan: LanePlan) =>
      [...plan.lanes()].map(({ laneId, processorIds }) => [laneId, [...processorIds]]);
    assert.deepEqual(lanesOf(planOf(graph)), lanesOf(planOf(graph)));
  });
});

describe('movesTo', () => {
  it('is empty for plans that only number their lanes differently', () => {
    const plan = new LanePlan(2);
    for (const id of ['a', 'b']) plan.place(placeable(id, 'DataFilter'));
    const other = new LanePlan(2);
    for (const id of ['b', 'a']) other.place(placeable(id, 'DataFilter'));
    assert.notEqual(laneOf(plan, 'a'), laneOf(other, 'a'));
    assert.deepEqual(movesTo(plan, other), []);
  });

  it('tells who would go where and why, and says nothing of those without a lane', () => {
    const plan = new LanePlan(2);
    for (const id of ['a', 'b', 'c']) plan.place(placeable(id, 'DataFilter'));
    plan.remove(parseProcessorId('c'));
    const other = new LanePlan(2);
    other.place(placeable('a', 'DataFilter'));
    other.place(placeable('b', 'DataFilter', 'auto', ['a']));
    other.place(placeable('c', 'DataFilter', 'auto', ['a']));
    const [move, ...others] = movesTo(plan, other);
    assert.deepEqual({ ...move, reason: '' }, { processorId: 'b', from: 'lane-2', to: 'lane-1', reason: '' });
    assert.deepEqual(others, []);
  });

  it('keeps names that users gave', () => {
    const plan = new LanePlan(2);
    plan.place(placeable('a', 'DataFilter', 'ours'));
    const other = new LanePlan(2);
    other.place(placeable('a', 'DataFilter', 'yours'));
    assert.deepEqual(
      movesTo(plan, other).map(({ from, to }) => [from, to]),
      [['ours', 'yours']],
    );
  });

  it('gives a lane that matches none a number that is free', () => {
    const plan = new LanePlan(2);
    for (const id of ['a', 'b']) plan.place(placeable(id, 'DataFilter', 'auto', ['a']));
    const other = new LanePlan(2);
    for (const id of ['b', 'a']) other.place(placeable(id, 'DataFilter'));
    assert.deepEqual(
      movesTo(plan, other).map(({ processorId, from, to }) => [processorId, from, to]),
      [['a', 'lane-1', 'lane-2']],
    );
  });
});
