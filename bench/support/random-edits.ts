import type { Delivery } from '../../server/runtime/vocabulary.ts';
import type { Random } from './random.ts';

/** One edit of a running graph. */
export type RandomEdit =
  | { readonly kind: 'add'; readonly processorId: string; readonly type: string; readonly lane: string }
  | { readonly kind: 'remove'; readonly processorId: string }
  | { readonly kind: 'replace'; readonly processorId: string; readonly type: string }
  | {
      readonly kind: 'configure';
      readonly processorId: string;
      readonly config: { readonly note: number; readonly live: boolean };
    }
  | { readonly kind: 'pause' | 'resume'; readonly processorId: string }
  | {
      readonly kind: 'connect';
      readonly linkId: string;
      readonly from: readonly [processorId: string, port: string];
      readonly to: readonly [processorId: string, port: string];
      readonly delivery: Delivery;
      readonly capacityFrames: number;
    }
  | { readonly kind: 'disconnect'; readonly linkId: string }
  | {
      readonly kind: 'reshape';
      readonly linkId: string;
      readonly delivery: Delivery;
      readonly capacityFrames: number;
    };

/** Where a branch begins, and what its links may be like. */
export interface BranchSpec {
  readonly name: string;
  readonly source: readonly [processorId: string, port: string];
  readonly largestCapacityFrames: number;
}

interface EditedProcessor {
  readonly processorId: string;
  readonly types: readonly [string, string];
  type: string | undefined;
  paused: boolean;
}

interface EditedLink {
  readonly name: string;
  readonly from: readonly [processorId: string, port: string];
  readonly to: readonly [processorId: string, port: string];
  readonly deliveries: readonly Delivery[];
  readonly largestCapacityFrames: number;
  linkId: string | undefined;
}

type Kind = RandomEdit['kind'];

/** What there is more of makes branches that live for a while. */
const KINDS: readonly Kind[] = [
  'add',
  'add',
  'add',
  'connect',
  'connect',
  'connect',
  'remove',
  'disconnect',
  'replace',
  'configure',
  'reshape',
  'reshape',
  'pause',
  'resume',
  'resume',
];
/** A source that is shared with others must not be held back by one branch. */
const FROM_SOURCE: readonly Delivery[] = ['every', 'latest'];
const WITHIN_BRANCH: readonly Delivery[] = ['every', 'latest', 'lossless'];

/**
 * Branches of two processors each, `<name>-head` and `<name>-tail`, with a link to the source and one between them.
 * Knows what of them is there, and edits it at random: every edit is one that the graph accepts. No id of a link is
 * used twice.
 */
export class RandomEdits {
  readonly #random: Random;
  readonly #lanes: readonly string[];
  readonly #processors: EditedProcessor[] = [];
  readonly #links: EditedLink[] = [];
  #numbers = 0;

  constructor(random: Random, branches: readonly BranchSpec[], lanes: readonly string[]) {
    this.#random = random;
    this.#lanes = lanes;
    for (const { name, source, largestCapacityFrames } of branches) {
      const head = `${name}-head`;
      const tail = `${name}-tail`;
      const absent = { type: undefined, paused: false };
      this.#processors.push(
        { processorId: head, types: ['bench.Passer', 'bench.OtherPasser'], ...absent },
        { processorId: tail, types: ['bench.Watcher', 'bench.OtherWatcher'], ...absent },
      );
      const common = { largestCapacityFrames, linkId: undefined };
      this.#links.push(
        { name: `${name}-in`, from: source, to: [head, 'in'], deliveries: FROM_SOURCE, ...common },
        { name: `${name}-out`, from: [head, 'out'], to: [tail, 'in'], deliveries: WITHIN_BRANCH, ...common },
      );
    }
  }

  /** Makes up the next edit and takes it as done. */
  next(): RandomEdit {
    for (;;) {
      const edit = this.#tryKind(this.#random.oneOf(KINDS));
      if (edit !== undefined) return edit;
    }
  }

  /** The edits that make everything run that was paused, taken as done. */
  resumeAll(): RandomEdit[] {
    const paused = this.#processors.filter((processor) => processor.paused);
    return paused.map((processor) => resume(processor));
  }

  /** The links that end with an edit. */
  linksEndedBy(edit: RandomEdit): readonly string[] {
    if (edit.kind === 'disconnect') return [edit.linkId];
    if (edit.kind !== 'remove') return [];
    return this.#links.flatMap(({ from, to, linkId }) =>
      linkId !== undefined && (from[0] === edit.processorId || to[0] === edit.processorId) ? [linkId] : [],
    );
  }

  /** The processors at the ends of a link, if both of them are edited and neither is paused. */
  runningEndsOf(linkId: string): { readonly fromId: string; readonly toId: string } | undefined {
    const link = this.#links.find((each) => each.linkId === linkId);
    if (link === undefined) return undefined;
    const [fromId, toId] = [link.from[0], link.to[0]];
    const isRunning = (id: string) =>
      this.#processors.some(({ processorId, paused }) => processorId === id && !paused);
    return isRunning(fromId) && isRunning(toId) ? { fromId, toId } : undefined;
  }

  /** Takes an edit that ends something as done: `linksEndedBy` tells what it ends before. */
  finish(edit: RandomEdit): void {
    const ended = new Set(this.linksEndedBy(edit));
    for (const link of this.#links)
      if (link.linkId !== undefined && ended.has(link.linkId)) link.linkId = undefined;
    if (edit.kind !== 'remove') return;
    const processor = this.#processors.find(({ processorId }) => processorId === edit.processorId);
    if (processor === undefined) return;
    processor.type = undefined;
    processor.paused = false;
  }

  #tryKind(kind: Kind): RandomEdit | undefined {
    switch (kind) {
      case 'add': {
        const processor = this.#pickProcessor(({ type }) => type === undefined);
        if (processor === undefined) return undefined;
        processor.type = this.#random.oneOf(processor.types);
        const { processorId, type } = processor;
        return { kind, processorId, type, lane: this.#random.oneOf(this.#lanes) };
      }
      case 'remove': {
        const processor = this.#pickProcessor(({ type }) => type !== undefined);
        return processor && { kind, processorId: processor.processorId };
      }
      case 'replace': {
        const processor = this.#pickProcessor(({ type }) => type !== undefined);
        if (processor === undefined) return undefined;
        const [one, other] = processor.types;
        processor.type = processor.type === one ? other : one;
        return { kind, processorId: processor.processorId, type: processor.type };
      }
      case 'configure': {
        const processor = this.#pickProcessor(({ type }) => type !== undefined);
        const config = { note: ++this.#numbers, live: this.#random.next() < 0.5 };
        return processor && { kind, processorId: processor.processorId, config };
      }
      case 'pause': {
        const processor = this.#pickProcessor(({ type, paused }) => type !== undefined && !paused);
        if (processor === undefined) return undefined;
        processor.paused = true;
        return { kind, processorId: processor.processorId };
      }
      case 'resume': {
        const processor = this.#pickProcessor(({ paused }) => paused);
        return processor && resume(processor);
      }
      case 'connect': {
        const link = this.#pickLink((each) => each.linkId === undefined && this.#hasEnds(each));
        if (link === undefined) return undefined;
        const linkId = `${link.name}-${++this.#numbers}`;
        link.linkId = linkId;
        return { kind, linkId, from: link.from, to: link.to, ...this.#shapeOf(link) };
      }
      case 'disconnect': {
        const link = this.#pickLink(({ linkId }) => linkId !== undefined);
        return link?.linkId === undefined ? undefined : { kind, linkId: link.linkId };
      }
      case 'reshape': {
        const link = this.#pickLink(({ linkId }) => linkId !== undefined);
        return link?.linkId === undefined ? undefined : { kind, linkId: link.linkId, ...this.#shapeOf(link) };
      }
    }
  }

  #shapeOf({ deliveries, largestCapacityFrames }: EditedLink) {
    const capacityFrames = this.#random.between(1, largestCapacityFrames);
    return { delivery: this.#random.oneOf(deliveries), capacityFrames };
  }

  #hasEnds({ from, to }: EditedLink): boolean {
    const isAbsent = (id: string) =>
      this.#processors.some(({ processorId, type }) => processorId === id && type === undefined);
    return !isAbsent(from[0]) && !isAbsent(to[0]);
  }

  #pickProcessor(isWanted: (processor: EditedProcessor) => boolean): EditedProcessor | undefined {
    const wanted = this.#processors.filter(isWanted);
    return wanted.length === 0 ? undefined : this.#random.oneOf(wanted);
  }

  #pickLink(isWanted: (link: EditedLink) => boolean): EditedLink | undefined {
    const wanted = this.#links.filter(isWanted);
    return wanted.length === 0 ? undefined : this.#random.oneOf(wanted);
  }
}

function resume(processor: EditedProcessor): RandomEdit {
  processor.paused = false;
  return { kind: 'resume', processorId: processor.processorId };
}
