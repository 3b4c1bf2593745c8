import assert from 'node:assert/strict';
import { LANE_LIMIT } from '../../../native/index.ts';
import { inputPort, outputPort } from '../../../server/runtime/ids.ts';
import { type Delivery, numberOf, RESTART_STRATEGIES } from '../../../server/runtime/vocabulary.ts';
import { eventually } from '../../support/eventually.ts';
import { assertAddsUp } from '../../support/link-sums.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { TEST_REGISTRIES, TestRuntime } from '../../support/test-runtime.ts';
import { addWitness, auditWitnessed, CRASH_REGISTRY } from '../../support/witnessed-segment.ts';

const ROUNDS = Number(process.env.STREAMLIB_TEST_ROUNDS ?? 18);
/** Of the pictures that are held at most, at two chunks each, and of the small frames. */
const MOST_CHUNKS = 2 * 13 + 4;
const EFFECTIVE = { wait: 'effective' } as const;
const ALL_LANES = Array.from({ length: LANE_LIMIT }, (_, index) => index);

const random = SeededRandom.fromEnvironment('STREAMLIB_TEST_SEED');

async function connect(
  { runtime }: TestRuntime,
  from: string,
  to: string,
  delivery: Delivery,
  capacityFrames: number,
) {
  const [fromId = '', fromPort = ''] = from.split('.');
  const [toId = '', toPort = ''] = to.split('.');
  const request = { id: `${fromId}-${fromPort}-${toId}`, delivery, capacityFrames };
  await runtime.connect(outputPort(fromId, fromPort), inputPort(toId, toPort), request, EFFECTIVE);
}

async function addVictim(test: TestRuntime, end: 'hang' | 'exit', watchdogMs?: number): Promise<number> {
  const after = 1 + random.below(300);
  const restart = { strategy: numberOf(RESTART_STRATEGIES, 'immediate') };
  await test.runtime.execute(
    {
      case: 'addProcessor',
      value: {
        processor: {
          processorId: 'victim',
          processorType: 'CrashHolder',
          config: { end, after },
          placement: { lane: 'dedicated' },
          ...(watchdogMs !== undefined && { supervision: { watchdogMs, restart } }),
        },
      },
    },
    EFFECTIVE,
  );
  await connect(test, 'victim.data_out', 'sink.data', 'every', 4);
  await connect(test, 'victim.picture_out', 'sink.picture', 'latest', 2);
  await connect(test, 'source.picture', 'victim.picture_in', 'latest', 2);
  await connect(test, 'source.data', 'victim.data_in', 'lossless', 8);
  return after;
}

/** Frames of both kinds: pictures come before data, so that a victim that hangs early may have read nothing else. */
async function readByVictim({ runtime }: TestRuntime): Promise<number> {
  const ids = ['source-data-victim', 'source-picture-victim'];
  const links = await Promise.all(ids.map((id) => runtime.getLink(id)));
  return links.reduce((sum, { counters }) => sum + Number(counters?.delivered), 0);
}

const lanesLost = (test: TestRuntime): number => test.payloads('laneLost').length;

/** The ways in which a lane ends that the runtime did not mean to end. */
const ENDINGS: Readonly<Record<string, (test: TestRuntime) => Promise<void>>> = {
  async 'a processor that never returns is deleted'(test) {
    const after = await addVictim(test, 'hang');
    await eventually(async () => (await readByVictim(test)) >= Math.min(after, 8), 'the victim reads');
  },
  async 'the watchdog ends the lane'(test) {
    const before = lanesLost(test);
    await addVictim(test, 'hang', 60);
    await eventually(() => lanesLost(test) > before, 'the watchdog has ended it');
  },
  async 'a processor ends its thread'(test) {
    const before = lanesLost(test);
    await addVictim(test, 'exit');
    await eventually(() => lanesLost(test) > before, 'the lane has ended');
  },
};

describe('the crash of a lane of a runtime', () => {
  it(`leaves nothing behind, however it came about (seed ${random.seed})`, async function () {
    this.timeout(120_000);
    await using test = await TestRuntime.create({ registries: [CRASH_REGISTRY], unresponsiveMs: 50 });
    const { runtime } = test;
    const placement = { lane: 'dedicated' };
    await runtime.addProcessor({ type: 'CrashSource', id: 'source', placement });
    await runtime.addProcessor({ type: 'CrashSink', id: 'sink', placement });
    await addWitness(test, outputPort('source', 'data'));
    await connect(test, 'source.data', 'sink.data', 'every', 4);
    await connect(test, 'source.picture', 'sink.picture', 'lossless', 2);
    await runtime.start();
    const audit = await auditWitnessed();
    const names = Object.keys(ENDINGS);
    for (let round = 0; round < ROUNDS; round++) {
      const name = names[round % names.length] as string;
      await ENDINGS[name]?.(test);
      await runtime.pauseProcessor('source', EFFECTIVE);
      await runtime.removeProcessor('victim', EFFECTIVE);
      const when = `after round ${round}, ${name} (seed ${random.seed})`;
      await eventually(async () => {
        for (const link of await runtime.listLinks()) {
          assertAddsUp(link);
          assert.equal(link.counters?.queued, 0n);
        }
        audit.assertCounted(ALL_LANES, [], when);
        return true;
      }, `everything is given back ${when}`);
      for (const id of ['source', 'sink', 'witness']) assert.notEqual(await test.stateOf(id), 'failed', when);
      await runtime.resumeProcessor('source', EFFECTIVE);
    }
    await runtime.stop();
    for (const link of await runtime.listLinks()) assertAddsUp(link);
    await eventually(() => audit.references() === 0, 'nothing is held');
    assert.ok(audit.chunks <= MOST_CHUNKS, `the segment has grown to ${audit.chunks} chunks`);
  });

  it('leaves nothing behind where the lane at the other end of its links is late', async () => {
    const registries = [...TEST_REGISTRIES, CRASH_REGISTRY];
    await using test = await TestRuntime.create({ registries, unresponsiveMs: 50 });
    const { runtime } = test;
    const placement = { lane: 'one' };
    await runtime.addProcessor({ type: 'CrashSource', id: 'source', placement });
    await runtime.addProcessor({ type: 'CrashSink', id: 'sink', placement: { lane: 'dedicated' } });
    await addWitness(test, outputPort('source', 'data'));
    await runtime.start();
    const audit = await auditWitnessed();
    await addVictim(test, 'hang');
    const delivered = async (id: string) => (await runtime.getLink(id)).counters?.delivered ?? 0n;
    await eventually(async () => (await readByVictim(test)) > 0, 'the victim reads');
    await runtime.addProcessor({ type: 'Busy', id: 'block', config: { busy_us: 400_000 }, placement });
    await runtime.addProcessor({ type: 'Emit', id: 'ticks', config: { count: 2 } });
    await connect(test, 'ticks.data', 'block.data_in', 'lossless', 4);
    await eventually(
      async () => (await delivered('ticks-data-block')) > 0n,
      'the lane of the source is busy',
    );
    await runtime.removeProcessor('victim', EFFECTIVE);
    await runtime.pauseProcessor('source', EFFECTIVE);
    await eventually(async () => {
      for (const link of await runtime.listLinks()) assert.equal(link.counters?.queued, 0n);
      audit.assertCounted(ALL_LANES, []);
      return true;
    }, 'everything is given back');
  });

  for (const [name, end] of Object.entries(ENDINGS).slice(1)) {
    it(`leaves counters that add up: ${name}`, async () => {
      await using test = await TestRuntime.create({ registries: [CRASH_REGISTRY], unresponsiveMs: 50 });
      const { runtime } = test;
      for (const [type, id] of [
        ['CrashSource', 'source'],
        ['CrashSink', 'sink'],
      ] as const)
        await runtime.addProcessor({ type, id, placement: { lane: 'dedicated' } });
      await runtime.start();
      await end(test);
      await runtime.pauseProcessor('source', EFFECTIVE);
      await eventually(async () => {
        const links = await runtime.listLinks();
        assert.equal(links.length, 4);
        for (const link of links) assertAddsUp(link);
        return true;
      }, 'the counters of its links add up');
    });
  }
});
