import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SegmentBurial } from '../../../server/runtime/commit/segment-burial.ts';
import type { PortName, ProcessorId } from '../../../server/runtime/ids.ts';
import type { JsonObject } from '../../../server/runtime/json.ts';
import type { LaneStep } from '../../../server/runtime/lane/messages.ts';
import { eventually } from '../../support/eventually.ts';
import {
  activate,
  createSharedState,
  LaneDriver,
  segment,
  step,
  TestLink,
} from '../../support/lane-harness.ts';

/*
 *   lane near                                     lane far
 *   source ─▶ first ─▶ second ─▶ sink ◀─ ticks
 *               └──────────── ring ─────────────▶ echo ─▶ far-sink
 */
const TYPES = {
  source: 'Emit',
  ticks: 'Emit',
  first: 'Forward',
  second: 'Forward',
  sink: 'Collect',
  echo: 'AsyncEcho',
  'far-sink': 'Collect',
} as const;
type Id = keyof typeof TYPES;
const CONFIGS: { readonly [id in Id]?: JsonObject } = { source: { per_call: 3 }, echo: { delay_ms: 0 } };
const SOURCES = ['source', 'ticks'] as const;
const FAR: readonly Id[] = ['echo', 'far-sink'];
const OTHERS = ['first', 'second', 'sink', 'echo', 'far-sink'] as const;
const LINKS = [
  ['source.data', 'first.data_in'],
  ['first.data_out', 'second.data_in'],
  ['second.data_out', 'sink.data'],
  ['ticks.data', 'sink.data'],
  ['first.data_out', 'echo.data_in'],
  ['echo.data_out', 'far-sink.data'],
] as const;
const HOLDABLE = ['first', 'second', 'echo'] as const;

const change = fc.oneof(
  fc.record({
    what: fc.constantFrom('pause', 'resume', 'restart', 'rehost'),
    id: fc.constantFrom(...OTHERS, ...SOURCES),
  }),
  fc.record({ what: fc.constantFrom('hold', 'release'), id: fc.constantFrom(...HOLDABLE) }),
  fc.record({ what: fc.constantFrom('detach', 'attach'), link: fc.nat(LINKS.length - 1) }),
  fc.record({
    what: fc.constant('reshape'),
    link: fc.nat(LINKS.length - 1),
    delivery: fc.constantFrom('latest', 'every', 'lossless'),
    capacityFrames: fc.integer({ min: 1, max: 6 }),
  }),
);
type Change = typeof change extends fc.Arbitrary<infer Value> ? Value : never;

/** Two lanes of this thread, in the middle of a stream of frames. */
class RunningLanes implements AsyncDisposable {
  readonly links: readonly TestLink[];
  readonly #near: LaneDriver;
  readonly #far: LaneDriver;
  readonly #attached = new Set<TestLink>();

  constructor() {
    const shared = createSharedState();
    this.#near = new LaneDriver('here', shared);
    this.#far = new LaneDriver('here', shared);
    this.links = LINKS.map(([from, to]) => {
      const lanes = [from, to].map((end) => this.#laneOf(end.split('.')[0] as Id).laneIndex);
      return new TestLink(from, to, { capacityFrames: 4, lanes: lanes as [number, number] });
    });
  }

  async begin(): Promise<void> {
    for (const id of Object.keys(TYPES) as Id[]) await this.#laneOf(id).must(this.#host(id));
    for (const link of this.links) await this.#attach(link);
    for (const id of [...OTHERS, ...SOURCES]) await this.#laneOf(id).must(...activate(id));
  }

  async make(made: Change): Promise<void> {
    if ('id' in made) return await this.#changeProcessor(made.what, made.id);
    const link = this.links[made.link] as TestLink;
    if (made.what === 'attach') return await this.#attach(link);
    if (made.what === 'detach') return await this.#detach(link);
    if (!('delivery' in made) || !this.#attached.has(link)) return;
    link.change(made.delivery, made.capacityFrames);
    await this.#both(link, (side) => link.update(side));
  }

  async resumeAll(): Promise<void> {
    for (const link of this.links) await this.#attach(link);
    for (const id of HOLDABLE) await this.#changeProcessor('release', id);
    for (const id of [...OTHERS, ...SOURCES]) await this.#changeProcessor('resume', id);
  }

  async pauseSources(): Promise<void> {
    for (const id of SOURCES) await this.#changeProcessor('pause', id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const burial = new SegmentBurial(segment);
    for (const lane of [this.#near, this.#far]) {
      await lane.shutDown();
      burial.buryLane(lane.laneIndex);
    }
    for (const { rings, counters } of this.links) {
      burial.buryRings(rings);
      counters.free();
    }
  }

  #laneOf(id: Id): LaneDriver {
    return FAR.includes(id) ? this.#far : this.#near;
  }

  #host(id: Id): LaneStep {
    return this.#laneOf(id).host(id, TYPES[id], CONFIGS[id]);
  }

  async #changeProcessor(what: string, id: Id): Promise<void> {
    const lane = this.#laneOf(id);
    const processorId = id as string as ProcessorId;
    if (what === 'pause' || what === 'resume') await lane.must(step(what, id));
    else if (what === 'hold' || what === 'release') {
      const port = (id === 'source' || id === 'ticks' ? 'data' : 'data_out') as PortName;
      await lane.must({ step: what, processorId, port });
    } else if (what === 'restart') {
      const { processor } = this.#host(id) as Extract<LaneStep, { step: 'host' }>;
      await lane.must({ step: 'restart', processor });
    } else {
      const links = this.links.filter(
        ({ link }) => link.from.processorId === processorId || link.to.processorId === processorId,
      );
      await lane.must(step('halt', id));
      for (const link of links) await this.#detach(link);
      await lane.must(step('unhost', id));
      await lane.must(this.#host(id));
      for (const link of links) await this.#attach(link);
      await lane.must(...activate(id));
    }
  }

  async #attach(link: TestLink): Promise<void> {
    if (this.#attached.has(link)) return;
    this.#attached.add(link);
    // NB: a ring that was detached is not used again.
    link.change(link.link.delivery, link.link.capacityFrames);
    await this.#both(link, (side) => link.attach(side));
  }

  async #detach(link: TestLink): Promise<void> {
    if (!this.#attached.delete(link)) return;
    if (link.link.transport === 'direct') await this.#both(link, (side) => link.detach(side));
    else {
      await this.#near.must(link.detach('from'));
      await this.#far.must(link.detach('to'));
    }
  }

  /** The consumer's side first. */
  async #both(link: TestLink, make: (side: 'from' | 'to' | 'both') => LaneStep): Promise<void> {
    const { from, to, transport } = link.link;
    const lanes = [this.#near, this.#far];
    const laneAt = ({ laneIndex }: typeof from) =>
      lanes.find((lane) => lane.laneIndex === laneIndex) as LaneDriver;
    if (transport === 'direct') await laneAt(from).must(make('both'));
    else {
      await laneAt(to).must(make('to'));
      await laneAt(from).must(make('from'));
    }
  }
}

describe('the turns of a lane', () => {
  it('come to whoever has frames to read, whatever was changed while they flowed', async function () {
    this.timeout(120_000);
    const property = fc.asyncProperty(fc.array(change, { maxLength: 30, size: 'max' }), async (changes) => {
      await using lanes = new RunningLanes();
      await lanes.begin();
      for (const made of changes) await lanes.make(made);
      await lanes.resumeAll();
      const before = lanes.links.map(({ counts }) => counts.delivered);
      const haveGoneOn = () => lanes.links.every(({ counts }, i) => counts.delivered > (before[i] as number));
      await eventually(haveGoneOn, 'frames flow on every link', 3000);
      // From here on nothing happens that would have anybody looked at who was forgotten.
      await lanes.pauseSources();
      const areEmpty = () => lanes.links.every(({ counts }) => counts.queued + counts.inFlight === 0);
      await eventually(areEmpty, 'every frame that was written is read', 3000);
    });
    await fc.assert(property, { numRuns: Number(process.env.STREAMLIB_TEST_RUNS ?? 100) });
  });

  it('come to a processor that another one ends from within its own turn', async () => {
    const shared = createSharedState();
    const lane = new LaneDriver('here', shared);
    try {
      await lane.must(
        lane.host('victim', 'Ender', { of: '' }),
        lane.host('ender', 'Ender', { of: 'victim' }),
        ...activate('victim', 'ender'),
      );
      await lane.reaches('victim', 'stopped');
      assert.deepEqual(lane.states('victim'), ['starting', 'running', 'stopping', 'stopped']);
    } finally {
      await lane.shutDown();
    }
  });
});
