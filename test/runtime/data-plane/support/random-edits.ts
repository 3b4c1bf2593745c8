import type { Link } from '../../../../gen/ts/streamlib/v1/link_pb.ts';
import { inputPort, outputPort } from '../../../../server/runtime/ids.ts';
import type { JsonObject } from '../../../../server/runtime/json.ts';
import type { Outcome, RuntimeOperations } from '../../../../server/runtime/operations.ts';
import type { Delivery } from '../../../../server/runtime/vocabulary.ts';
import type { SeededRandom } from '../../../support/seeded-random.ts';

const EFFECTIVE = { wait: 'effective' } as const;
const DELIVERY: readonly Delivery[] = ['latest', 'every', 'lossless'];
const LANES = ['one', 'two', 'three', 'auto', 'main'] as const;
const MOST_PROCESSORS = 10;
/** Begins the ids of the processors that are edited; all others are left alone. */
const EDITED = 'edited-';

interface EditedProcessor {
  readonly id: string;
  /** Links lead from lower to higher ranks, so that none closes a cycle. */
  readonly rank: number;
  type: 'Emit' | 'Forward' | 'Busy' | 'Collect';
  paused: boolean;
}

/** An edit that was accepted and is effective. */
export interface DoneEdit {
  readonly text: string;
  readonly outcome: Outcome;
}

/** Random edits of one part of a running graph, one after the other. */
export class RandomEdits {
  readonly #runtime: RuntimeOperations;
  readonly #random: SeededRandom;
  readonly #processors: EditedProcessor[] = [];
  #lastId = 0;

  constructor(runtime: RuntimeOperations, random: SeededRandom) {
    this.#runtime = runtime;
    this.#random = random;
  }

  /** The ids of the sources that this made. */
  get sources(): string[] {
    return this.#processors.filter(({ type }) => type === 'Emit').map(({ id }) => id);
  }

  /** The ids of those that do not run. */
  get paused(): string[] {
    return this.#processors.filter(({ paused }) => paused).map(({ id }) => id);
  }

  /** Makes one edit; undefined where what was drawn is not possible now. `links` are those of the graph. */
  async next(links: readonly Link[]): Promise<DoneEdit | undefined> {
    const own = links.filter(({ fromProcessor }) => fromProcessor.startsWith(EDITED));
    const kind = this.#random.below(20);
    if (kind < 3) return this.#processors.length < MOST_PROCESSORS ? this.#add() : this.#remove();
    if (kind < 4) return this.#remove();
    if (kind < 9) return this.#connect(own);
    if (kind < 11)
      return this.#onLink(own, 'disconnect', ({ linkId }) => this.#runtime.disconnect(linkId, EFFECTIVE));
    if (kind < 13) return this.#changeDelivery(own);
    if (kind < 15) return this.#changeCapacity(own);
    if (kind < 16) return this.#pauseOrResume();
    if (kind < 17) return this.#configure();
    if (kind < 18) return this.#replace();
    if (kind < 19) return this.#move();
    return this.#onProcessor('restart', ({ id }) => this.#runtime.restartProcessor(id, EFFECTIVE));
  }

  async #add(): Promise<DoneEdit> {
    const type = this.#random.pick(['Emit', 'Forward', 'Busy', 'Collect'] as const);
    const id = `${EDITED}${++this.#lastId}`;
    const lane = this.#random.pick(LANES);
    const config: JsonObject = type === 'Emit' ? { per_call: 1 + this.#random.below(6) } : {};
    const ranks = {
      Emit: 0,
      Forward: 1 + this.#lastId,
      Busy: 1 + this.#lastId,
      Collect: Number.POSITIVE_INFINITY,
    };
    const request = { type, id, config, placement: { lane } };
    const outcome = await this.#runtime.addProcessor(request, EFFECTIVE);
    this.#processors.push({ id, type, rank: ranks[type], paused: false });
    return { text: `add ${type} ${id} in ${lane}`, outcome };
  }

  #remove(): Promise<DoneEdit | undefined> {
    return this.#onProcessor('remove', (processor) => {
      this.#processors.splice(this.#processors.indexOf(processor), 1);
      return this.#runtime.removeProcessor(processor.id, EFFECTIVE);
    });
  }

  async #connect(links: readonly Link[]): Promise<DoneEdit | undefined> {
    const from = this.#random.pick(this.#processors.filter(({ type }) => type !== 'Collect'));
    if (from === undefined) return undefined;
    const isFree = ({ id, type }: EditedProcessor) =>
      type === 'Collect' || links.every(({ toProcessor }) => toProcessor !== id);
    const to = this.#random.pick(this.#processors.filter((each) => each.rank > from.rank && isFree(each)));
    if (to === undefined) return undefined;
    const ends = [
      outputPort(from.id, from.type === 'Emit' ? 'data' : 'data_out'),
      inputPort(to.id, to.type === 'Collect' ? 'data' : 'data_in'),
    ] as const;
    const delivery = this.#random.pick(DELIVERY);
    const capacityFrames = 1 + this.#random.below(32);
    const outcome = await this.#runtime.connect(...ends, { delivery, capacityFrames }, EFFECTIVE);
    return { text: `connect ${from.id} to ${to.id}, ${delivery}, ${capacityFrames}`, outcome };
  }

  #changeDelivery(links: readonly Link[]): Promise<DoneEdit | undefined> {
    const delivery = this.#random.pick(DELIVERY);
    return this.#onLink(links, `set to ${delivery}`, ({ linkId }) =>
      this.#runtime.updateLink(linkId, { delivery }, EFFECTIVE),
    );
  }

  #changeCapacity(links: readonly Link[]): Promise<DoneEdit | undefined> {
    const capacityFrames = 1 + this.#random.below(48);
    return this.#onLink(links, `set to ${capacityFrames}`, ({ linkId }) =>
      this.#runtime.updateLink(linkId, { capacityFrames }, EFFECTIVE),
    );
  }

  #pauseOrResume(): Promise<DoneEdit | undefined> {
    return this.#onProcessor('pause or resume', (processor) => {
      processor.paused = !processor.paused;
      return processor.paused
        ? this.#runtime.pauseProcessor(processor.id, EFFECTIVE)
        : this.#runtime.resumeProcessor(processor.id, EFFECTIVE);
    });
  }

  #configure(): Promise<DoneEdit | undefined> {
    const label = this.#random.pick(['live', 'more', 'restart', 'less']);
    const perCall = 1 + this.#random.below(6);
    return this.#onProcessor(`configure ${label}, ${perCall}`, ({ id, type }) => {
      if (type === 'Forward') return this.#runtime.updateProcessor(id, { config: { label } }, EFFECTIVE);
      if (type === 'Emit')
        return this.#runtime.updateProcessor(id, { config: { per_call: perCall } }, EFFECTIVE);
      return undefined;
    });
  }

  /** Puts another type with the same ports in a processor's place. */
  #replace(): Promise<DoneEdit | undefined> {
    return this.#onProcessor('replace', async (processor) => {
      const { id: processorId, type } = processor;
      if (type !== 'Forward' && type !== 'Busy') return undefined;
      processor.type = type === 'Forward' ? 'Busy' : 'Forward';
      const value = { processorId, processorType: processor.type, config: {} };
      return (await this.#runtime.execute({ case: 'replaceProcessor', value }, EFFECTIVE)).outcome;
    });
  }

  #move(): Promise<DoneEdit | undefined> {
    const lane = this.#random.pick(LANES);
    return this.#onProcessor(`move to ${lane}`, async ({ id: processorId }) => {
      const value = { processorId, placement: { lane } };
      return (await this.#runtime.execute({ case: 'updateProcessor', value }, EFFECTIVE)).outcome;
    });
  }

  async #onProcessor(
    text: string,
    edit: (processor: EditedProcessor) => Promise<Outcome | undefined> | undefined,
  ): Promise<DoneEdit | undefined> {
    const processor = this.#random.pick(this.#processors);
    const outcome = processor && (await edit(processor));
    return outcome && { text: `${text} ${processor.id}`, outcome };
  }

  async #onLink(
    links: readonly Link[],
    text: string,
    edit: (link: Link) => Promise<Outcome>,
  ): Promise<DoneEdit | undefined> {
    const link = this.#random.pick(links);
    return link && { text: `${text} ${link.linkId}`, outcome: await edit(link) };
  }
}
