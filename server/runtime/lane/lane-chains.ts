import { CHECKED } from '../frame/slot-reference.ts';
import type { PortName } from '../ids.ts';
import type { DirectLink } from '../link/direct-link.ts';
import type { ProcessorIo } from '../processor.ts';
import type { TurnStage, TurnSurroundings } from './compile-turn.ts';
import { FusedHop } from './fused-hop.ts';
import { FusedTurn } from './fused-turn.ts';
import type { HostedProcessor } from './hosted-processor.ts';

/** The longest function that is worth compiling; what follows it begins a turn of its own. */
const MOST_STAGES = 16;

/** A link inside the lane, and the processors at its ends. */
export interface LaneHop {
  readonly link: DirectLink;
  readonly from: HostedProcessor;
  readonly fromPort: PortName;
  readonly to: HostedProcessor;
  readonly toPort: PortName;
}

/**
 * Decides which processors of a lane are called together. A processor follows another one if a single link feeds it
 * and that comes from there; so a frame that was written is read before the next is written.
 */
export class LaneChains {
  readonly #surroundings: TurnSurroundings;
  /** What each turn was made from, to tell whether it is still the same. */
  readonly #madeFrom = new Map<HostedProcessor, readonly unknown[]>();
  #fused = new Map<DirectLink, FusedLink>();

  constructor(surroundings: TurnSurroundings) {
    this.#surroundings = surroundings;
  }

  /** Gives every processor that can be called so its turn; those whose surroundings did not change keep theirs. */
  update(processors: readonly HostedProcessor[], hops: readonly LaneHop[]): void {
    const hosted = new Set(processors);
    for (const processor of this.#madeFrom.keys())
      if (!hosted.has(processor)) this.#madeFrom.delete(processor);
    const following = Map.groupBy(hops.filter(isFollower), ({ from }) => from);
    const led = new Set(hops.filter(isFollower).map(({ to }) => to));
    this.#fused = this.#fuse(hops);
    for (const processor of processors) {
      if (processor.stage === undefined) continue;
      // NB: who follows another one is called with it, and alone when it needs a look or a frame was left over.
      this.#give(processor, led.has(processor) ? new Map() : following);
    }
  }

  #give(root: HostedProcessor, following: ReadonlyMap<HostedProcessor, readonly LaneHop[]>): void {
    const processors: HostedProcessor[] = [];
    const parts: unknown[] = [];
    const stageOf = (processor: HostedProcessor, link: DirectLink | undefined): TurnStage => {
      processors.push(processor);
      parts.push(processor, link);
      const followers: TurnStage[] = [];
      for (const hop of following.get(processor) ?? [])
        if (processors.length < MOST_STAGES) followers.push(stageOf(hop.to, hop.link));
      const stage = processor.stage as NonNullable<typeof processor.stage>;
      return { ...stage, io: this.#ioOf(processor, stage.io), link, followers };
    };
    const stage = stageOf(root, undefined);
    const fused = [...this.#fused.values()].filter(
      ({ hop }) => processors.includes(hop.from) || processors.includes(hop.to),
    );
    const hops = fused.map(({ ports }) => ports);
    parts.push(...hops);
    const before = this.#madeFrom.get(root);
    if (before?.length === parts.length && parts.every((part, i) => part === before[i])) return;
    this.#madeFrom.set(root, parts);
    root.setTurn(new FusedTurn({ root: stage, processors, hops, surroundings: this.#surroundings }));
  }

  /** The links whose ends can hand a frame over without the work of their ports. */
  #fuse(hops: readonly LaneHop[]): Map<DirectLink, FusedLink> {
    const fused = new Map<DirectLink, FusedLink>();
    const { pool } = this.#surroundings;
    // NB: a view that stays the same on its way cannot tell who uses it after he has written it on.
    if (CHECKED || !pool.reusesViews) return fused;
    for (const hop of hops) {
      const { link, from, to } = hop;
      const output = from.ports.output(hop.fromPort);
      const input = to.ports.input(hop.toPort);
      const isAlone = output.links === 1 && input.links === 1 && !input.isWatched;
      if (!isAlone || from.stage === undefined || to.stage === undefined) continue;
      const known = this.#fused.get(link);
      const isKnown = known?.hop.from === from && known.hop.to === to;
      const parts = { link, output, input, from: from.stage.counters, to: to.stage.counters, pool };
      fused.set(link, isKnown ? known : { hop, ports: new FusedHop(parts) });
    }
    return fused;
  }

  /** The ports of a processor, with those of its fused links in their places. */
  #ioOf(processor: HostedProcessor, io: ProcessorIo): ProcessorIo {
    const inputs: Record<string, unknown> = { ...io.inputs };
    const outputs: Record<string, unknown> = { ...io.outputs };
    for (const { hop, ports } of this.#fused.values()) {
      if (hop.from === processor) outputs[hop.fromPort] = ports.output;
      if (hop.to === processor) inputs[hop.toPort] = ports.input;
    }
    return { inputs, outputs } as unknown as ProcessorIo;
  }
}

interface FusedLink {
  readonly hop: LaneHop;
  readonly ports: FusedHop;
}

const isFollower = ({ from, to }: LaneHop): boolean =>
  from.stage !== undefined && to.stage !== undefined && to.waitsForInput && to.ports.inputLinks === 1;
