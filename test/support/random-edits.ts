import type { JsonObject } from '../../server/runtime/json.ts';
import type { LinkChange } from '../../server/runtime/operations.ts';
import type { Delivery } from '../../server/runtime/vocabulary.ts';
import type { LinkEnd, Placement, RunningEdit } from './running-edit.ts';
import type { SeededRandom } from './seeded-random.ts';

/** A processor that may be there, of one of types that can replace each other. */
export interface EditableProcessor {
  readonly processorId: string;
  readonly types: readonly [string, ...string[]];
}

/** A link that may be there. All of them together make no cycle. */
export interface EditableLink {
  readonly name: string;
  /** Of a processor that is edited, or of one that is always there. */
  readonly from: LinkEnd;
  readonly to: LinkEnd;
  /** Whether `to` takes other links at the same time. Default false. */
  readonly many?: boolean;
  readonly deliveries: readonly [Delivery, ...Delivery[]];
  readonly largestCapacityFrames: number;
}

/** What may be there, and how it is edited. */
export interface EditableGraph {
  readonly processors: readonly EditableProcessor[];
  readonly links: readonly EditableLink[];
  readonly placements: readonly [Placement, ...Placement[]];
  /** How often each kind of edit is tried, in whole numbers; kinds that do not stand here are never made. */
  readonly shares: Readonly<Partial<Record<RunningEdit['kind'], number>>>;
  /** Draws a config; undefined for types without one, which are not configured. */
  configOf(type: string, random: SeededRandom): JsonObject | undefined;
}

interface PresentProcessor {
  type: string;
  paused: boolean;
}

/**
 * Makes up edits of a graph of which it knows what is there: each of them is one that the graph accepts. What it makes
 * up follows from the seed alone. No id of a link is used twice.
 */
export class RandomEdits {
  readonly #graph: EditableGraph;
  readonly #random: SeededRandom;
  readonly #kinds: readonly RunningEdit['kind'][];
  readonly #present = new Map<EditableProcessor, PresentProcessor>();
  readonly #linkIds = new Map<EditableLink, string>();
  #lastLink = 0;

  constructor(graph: EditableGraph, random: SeededRandom) {
    this.#graph = graph;
    this.#random = random;
    const shares = Object.entries(graph.shares) as [RunningEdit['kind'], number][];
    this.#kinds = shares.flatMap(([kind, share]) => Array.from({ length: share }, () => kind));
  }

  /** Makes up the next edit and takes it as done. */
  next(): RunningEdit {
    for (;;) {
      const kind = this.#random.pick(this.#kinds);
      const edit = kind && this.#tryKind(kind);
      if (edit !== undefined) return edit;
    }
  }

  /** The edits that make everything run that is paused, taken as done. */
  resumeAll(): RunningEdit[] {
    const resumed: RunningEdit[] = [];
    for (const [{ processorId }, present] of this.#present) {
      if (present.paused) resumed.push({ kind: 'resume', processorId });
      present.paused = false;
    }
    return resumed;
  }

  /** The processors of a type that are there now. */
  idsOf(type: string): string[] {
    const ofType = [...this.#present].filter(([, present]) => present.type === type);
    return ofType.map(([{ processorId }]) => processorId);
  }

  /** Whether a processor is one of those that are edited, is there, and is not paused. */
  runs(processorId: string): boolean {
    return this.#presentOf(processorId)?.paused === false;
  }

  #tryKind(kind: RunningEdit['kind']): RunningEdit | undefined {
    switch (kind) {
      case 'add':
        return this.#add();
      case 'connect':
        return this.#connect();
      case 'disconnect':
      case 'reshape':
        return this.#editLink(kind);
      default:
        return this.#editProcessor(kind);
    }
  }

  #add(): RunningEdit | undefined {
    const processor = this.#random.pick(this.#graph.processors.filter((each) => !this.#present.has(each)));
    if (processor === undefined) return undefined;
    const type = this.#random.pick(processor.types);
    this.#present.set(processor, { type, paused: false });
    const placement = this.#random.pick(this.#graph.placements);
    return {
      kind: 'add',
      processorId: processor.processorId,
      type,
      config: this.#configOf(type) ?? {},
      placement,
    };
  }

  #editProcessor(
    kind: Exclude<RunningEdit['kind'], 'add' | 'connect' | 'disconnect' | 'reshape'>,
  ): RunningEdit | undefined {
    const [processor, present] = this.#random.pick(this.#candidatesFor(kind)) ?? [];
    if (processor === undefined || present === undefined) return undefined;
    const { processorId, types } = processor;
    switch (kind) {
      case 'remove': {
        const linkIds = this.#endLinksOf(processorId);
        this.#present.delete(processor);
        return { kind, processorId, linkIds };
      }
      case 'replace': {
        const type = this.#random.pick(types.filter((each) => each !== present.type));
        if (type === undefined) return undefined;
        present.type = type;
        return { kind, processorId, type, config: this.#configOf(type) ?? {} };
      }
      case 'configure': {
        const config = this.#configOf(present.type);
        return config && { kind, processorId, config };
      }
      case 'move':
        return { kind, processorId, placement: this.#random.pick(this.#graph.placements) };
      case 'pause':
      case 'resume':
        present.paused = kind === 'pause';
        return { kind, processorId };
      case 'restart':
        return { kind, processorId };
    }
  }

  #candidatesFor(kind: RunningEdit['kind']): [EditableProcessor, PresentProcessor][] {
    const present = [...this.#present];
    if (kind === 'pause') return present.filter(([, { paused }]) => !paused);
    return kind === 'resume' ? present.filter(([, { paused }]) => paused) : present;
  }

  #connect(): RunningEdit | undefined {
    const link = this.#random.pick(this.#graph.links.filter((each) => this.#isPossible(each)));
    if (link === undefined) return undefined;
    const { name, from, to } = link;
    const linkId = `${name}-${++this.#lastLink}`;
    this.#linkIds.set(link, linkId);
    return { kind: 'connect', linkId, from, to, ...this.#shapeOf(link) };
  }

  #editLink(kind: 'disconnect' | 'reshape'): RunningEdit | undefined {
    const [link, linkId] = this.#random.pick([...this.#linkIds]) ?? [];
    if (link === undefined || linkId === undefined) return undefined;
    if (kind === 'disconnect') {
      this.#linkIds.delete(link);
      return { kind, linkId, fromId: link.from[0], toId: link.to[0] };
    }
    const { delivery, capacityFrames } = this.#shapeOf(link);
    const change = this.#random.pick<LinkChange>([
      { delivery },
      { capacityFrames },
      { delivery, capacityFrames },
    ]);
    return { kind, linkId, change };
  }

  #configOf(type: string): JsonObject | undefined {
    return this.#graph.configOf(type, this.#random);
  }

  #shapeOf({ deliveries, largestCapacityFrames }: EditableLink) {
    const capacityFrames = this.#random.between(1, largestCapacityFrames);
    return { delivery: this.#random.pick(deliveries), capacityFrames };
  }

  #isPossible(link: EditableLink): boolean {
    const { from, to, many = false } = link;
    const isTaken = [...this.#linkIds.keys()].some((other) => other.to[0] === to[0] && other.to[1] === to[1]);
    return !this.#linkIds.has(link) && (many || !isTaken) && this.#isThere(from) && this.#isThere(to);
  }

  #isThere([processorId]: LinkEnd): boolean {
    const isEdited = this.#graph.processors.some((each) => each.processorId === processorId);
    return !isEdited || this.#presentOf(processorId) !== undefined;
  }

  #presentOf(processorId: string): PresentProcessor | undefined {
    return [...this.#present].find(([each]) => each.processorId === processorId)?.[1];
  }

  #endLinksOf(processorId: string): string[] {
    const ended = [...this.#linkIds].filter(
      ([{ from, to }]) => from[0] === processorId || to[0] === processorId,
    );
    for (const [link] of ended) this.#linkIds.delete(link);
    return ended.map(([, linkId]) => linkId);
  }
}
