import assert from 'node:assert/strict';
import fc from 'fast-check';
import { inputPort, outputPort } from '../../../server/runtime/ids.ts';
import type { OnFailure } from '../../../server/runtime/vocabulary.ts';
import { assertAddsUp } from '../../support/link-sums.ts';
import type { TestRuntime } from '../../support/test-runtime.ts';
import { createFallibleRuntime, startsOf } from './support/rollback-runtime.ts';

/** What a caller does with one of a few processors. What makes no sense for it as it is then does nothing. */
interface RandomEdit {
  readonly target: number;
  readonly kind: 'come' | 'come_linked' | 'go' | 'configure' | 'link';
  readonly throws: boolean;
  readonly label: string;
  readonly policy: OnFailure;
  /** Of the link, where it comes with its processor. */
  readonly linkPolicy: OnFailure;
}

interface Round {
  readonly state: 'running' | 'paused' | 'stopped';
  /** In one turn. Each processor is edited by one caller. */
  readonly edits: readonly RandomEdit[];
}

interface ModelProcessor {
  readonly setup: 'ends' | 'throws';
  readonly label: string;
  readonly linkId: string | undefined;
}

type Answer = 'fulfilled' | 'rejected';

const policy = fc.constantFrom<OnFailure>('keep', 'rollback');
const edit: fc.Arbitrary<RandomEdit> = fc.record({
  target: fc.nat({ max: 5 }),
  kind: fc.constantFrom('come', 'come_linked', 'go', 'configure', 'configure', 'link'),
  throws: fc.boolean(),
  label: fc.constantFrom('', 'a', 'b'),
  policy,
  linkPolicy: policy,
});
const round: fc.Arbitrary<Round> = fc.record({
  state: fc.constantFrom('running', 'running', 'running', 'paused', 'stopped'),
  edits: fc.uniqueArray(edit, { minLength: 1, maxLength: 4, selector: ({ target }) => target }),
});

const LANES = ['one', 'two', 'auto'];

/** A runtime under random edits, beside what must have become of it. */
class ModelledRuntime {
  readonly #test: TestRuntime;
  readonly #model = new Map<number, ModelProcessor>();
  #lastLink = 0;

  constructor(test: TestRuntime) {
    this.#test = test;
  }

  async run({ state, edits }: Round): Promise<void> {
    const { runtime } = this.#test;
    if (state === 'paused') await runtime.pause();
    if (state === 'stopped') await runtime.stop();
    const before = { starts: await startsOf(this.#test), links: await this.#linkTimes() };
    const untouched = [...this.#model.keys()].filter((id) => edits.every(({ target }) => target !== id));
    const made = edits.map((each) => this.#make(each, state !== 'stopped'));
    const settled = await Promise.all(made.map(async ({ calls }) => Promise.allSettled(calls)));
    assert.deepEqual(
      settled.map((results) => results.map(({ status }) => status)),
      made.map(({ want }) => want),
    );
    if (state !== 'stopped') await this.#assertUntouched(untouched, before.starts);
    const links = await this.#linkTimes();
    for (const id of untouched) {
      const linkId = this.#model.get(id)?.linkId ?? '';
      assert.equal(links.get(linkId), before.links.get(linkId), `the link of p${id} was not touched`);
    }
    if (state === 'paused') await runtime.resume();
    if (state === 'stopped') await runtime.start();
    await this.#assertIsModel();
  }

  async end(): Promise<void> {
    const { runtime } = this.#test;
    await runtime.stop();
    for (const link of await runtime.listLinks()) assertAddsUp(link);
  }

  /** Begins an edit, and says how it must be answered. */
  #make(each: RandomEdit, isLive: boolean): { calls: Promise<unknown>[]; want: Answer[] } {
    const { runtime } = this.#test;
    const { target, kind, throws, label, linkPolicy } = each;
    const id = `p${target}`;
    const present = this.#model.get(target);
    const options = { wait: 'effective', onFailure: each.policy } as const;
    const setup = throws ? 'throws' : 'ends';
    const isUndone = isLive && throws && each.policy === 'rollback';
    if (present === undefined) {
      if (kind !== 'come' && kind !== 'come_linked') return { calls: [], want: [] };
      const placement = { lane: LANES[target % LANES.length] ?? 'auto' };
      const calls: Promise<unknown>[] = [
        runtime.addProcessor({ type: 'Fallible', id, config: { setup, label }, placement }, options),
      ];
      const linkId = kind === 'come_linked' ? this.#nextLink() : undefined;
      if (linkId !== undefined) calls.push(this.#connect(target, linkId, linkPolicy));
      if (!isUndone) this.#model.set(target, { setup, label, linkId });
      return { calls, want: calls.map(() => (isUndone ? 'rejected' : 'fulfilled')) };
    }
    switch (kind) {
      case 'go':
        this.#model.delete(target);
        return { calls: [runtime.removeProcessor(id, options)], want: ['fulfilled'] };
      case 'configure': {
        const isChanged = present.setup !== setup || present.label !== label;
        const isRefused = isUndone && isChanged;
        if (!isRefused) this.#model.set(target, { ...present, setup, label });
        const call = runtime.updateProcessor(id, { config: { setup, label } }, options);
        return { calls: [call], want: [isRefused ? 'rejected' : 'fulfilled'] };
      }
      case 'link': {
        const { linkId } = present;
        const next = linkId === undefined ? this.#nextLink() : undefined;
        this.#model.set(target, { ...present, linkId: next });
        const call =
          linkId === undefined
            ? this.#connect(target, next ?? '', each.policy)
            : runtime.disconnect(linkId, options);
        return { calls: [call], want: ['fulfilled'] };
      }
      default:
        return { calls: [], want: [] };
    }
  }

  #connect(target: number, id: string, onFailure: OnFailure): Promise<unknown> {
    const ends = [outputPort('feed', 'data'), inputPort(`p${target}`, 'data_in')] as const;
    return this.#test.runtime.connect(...ends, { id }, { wait: 'effective', onFailure });
  }

  #nextLink(): string {
    return `link-${++this.#lastLink}`;
  }

  async #assertUntouched(untouched: readonly number[], before: Record<string, number>): Promise<void> {
    const starts = await startsOf(this.#test);
    for (const id of ['feed', ...untouched.map((target) => `p${target}`)])
      assert.equal(starts[id], before[id], `${id} was not started again`);
  }

  async #linkTimes(): Promise<Map<string, string>> {
    const links = await this.#test.runtime.listLinks();
    return new Map(links.map(({ linkId, createTime }) => [linkId, JSON.stringify(createTime, textOfBigint)]));
  }

  async #assertIsModel(): Promise<void> {
    const { runtime } = this.#test;
    const { processors, links } = await runtime.getGraph();
    const model = [...this.#model].sort(([a], [b]) => a - b);
    assert.deepEqual(
      processors.map(({ processorId, config }) => [processorId, config]),
      [['feed', {}], ...model.map(([id, { setup, label }]) => [`p${id}`, { setup, label }])],
    );
    assert.deepEqual(
      links.map(({ linkId }) => linkId).sort(),
      model.flatMap(([, { linkId }]) => linkId ?? []).sort(),
    );
    for (const [id, { setup }] of model)
      await this.#test.until(`p${id}`, setup === 'throws' ? 'failed' : 'running');
    const { revision, effectiveRevision } = await runtime.getState();
    assert.equal(effectiveRevision, revision);
  }
}

const textOfBigint = (_key: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value);

describe('random edits whose setups fail at random', () => {
  it('leave what the model says, and nothing else is touched', async function () {
    this.timeout(180_000);
    const rounds = fc.array(round, { minLength: 8, maxLength: 16, size: 'max' });
    const property = fc.asyncProperty(rounds, async (all) => {
      await using test = await createFallibleRuntime();
      const { runtime } = test;
      await runtime.addProcessor({ type: 'Emit', id: 'feed', placement: { lane: 'one' } });
      await runtime.start();
      const modelled = new ModelledRuntime(test);
      for (const each of all) await modelled.run(each);
      await modelled.end();
    });
    await fc.assert(property, { numRuns: 8, endOnFailure: true });
  });
});
