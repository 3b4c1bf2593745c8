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

/** The links inside the lane at either end of a processor. */
export type HopsOf = (processor: HostedProcessor) => readonly LaneHop[];

/**
 * Decides which processors of a lane are called together. A processor follows another one if a single link feeds it
 * and that comes from there; so a frame that was written is read before the next is written.
 */
export class LaneChains {
  readonly #surroundings: TurnSurroundings;
  readonly #hopsOf: HopsOf;
  /** What each turn was made from, to tell whether it is still the same. */
  readonly #madeFrom = new WeakMap<HostedProcessor, readonly unknown[]>();
  readonly #fused = new WeakMap<DirectLink, FusedLink>();

  constructor(surroundings: TurnSurroundings, hopsOf: HopsOf) {
    this.#surroundings = surroundings;
    this.#hopsOf = hopsOf;
  }

  /**
   * Gives processors that can be called so their turns: those that were touched, or have a link that was, and who may
   * be in a turn with them. Whose surroundings did not change keeps his. What it costs does not depend on the others.
   */
  update(touched: Iterable<HostedProcessor>): void {
    for (const processor of this.#around(touched)) {
      if (processor.stage === undefined) continue;
      // NB: who follows another one is called with it, and alone when it needs a look or a frame was left over.
      const isLed = this.#hopsOf(processor).some((hop) => hop.to === processor && isFollower(hop));
      this.#give(processor, isLed ? () => [] : (leader) => this.#followersOf(leader));
    }
  }

  /** Those within as many links as a turn has stages. */
  #around(touched: Iterable<HostedProcessor>): Set<HostedProcessor> {
    const around = new Set(touched);
    let outermost = [...around];
    for (let distance = 0; distance < MOST_STAGES && outermost.length > 0; distance++) {
      const next = outermost.flatMap((processor) =>
        this.#hopsOf(processor).flatMap(({ from, to }) => [from, to]),
      );
      outermost = next.filter((processor) => !around.has(processor));
      for (const processor of outermost) around.add(processor);
    }
    return around;
  }

  #followersOf(leader: HostedProcessor): LaneHop[] {
    return this.#hopsOf(leader).filter((hop) => hop.from === leader && isFollower(hop));
  }

  #give(root: HostedProcessor, followersOf: (leader: HostedProcessor) => readonly LaneHop[]): void {
    const processors: HostedProcessor[] = [];
    const parts: unknown[] = [];
    const fused = new Set<FusedHop>();
    const stageOf = (processor: HostedProcessor, link: DirectLink | undefined): TurnStage => {
      processors.push(processor);
      parts.push(processor, link, processor.guard);
      for (const { ports } of this.#fusedOf(processor)) fused.add(ports);
      const followers: TurnStage[] = [];
      for (const hop of followersOf(processor))
        if (processors.length < MOST_STAGES) followers.push(stageOf(hop.to, hop.link));
      const stage = processor.stage as NonNullable<typeof processor.stage>;
      return { ...stage, io: this.#ioOf(processor, stage.io), link, followers };
    };
    const stage = stageOf(root, undefined);
    const hops = [...fused];
    parts.push(...hops);
    const before = this.#madeFrom.get(root);
    if (before?.length === parts.length && parts.every((part, i) => part === before[i])) return;
    this.#madeFrom.set(root, parts);
    root.setTurn(new FusedTurn({ root: stage, processors, hops, surroundings: this.#surroundings }));
  }

  /** The links of a processor whose ends can hand a frame over without the work of their ports. */
  #fusedOf(processor: HostedProcessor): FusedLink[] {
    const { pool } = this.#surroundings;
    // NB: a view that stays the same on its way cannot tell who uses it after he has written it on.
    if (CHECKED || !pool.reusesViews) return [];
    return this.#hopsOf(processor).flatMap((hop) => this.#fuse(hop) ?? []);
  }

  #fuse(hop: LaneHop): FusedLink | undefined {
    const { link, from, to } = hop;
    const output = from.ports.output(hop.fromPort);
    const input = to.ports.input(hop.toPort);
    const isAlone = output.links === 1 && input.links === 1 && !input.isWatched;
    if (!isAlone || from.stage === undefined || to.stage === undefined) return undefined;
    const known = this.#fused.get(link);
    if (known?.hop.from === from && known.hop.to === to) return known;
    const { pool } = this.#surroundings;
    const parts = { link, output, input, from: from.stage.counters, to: to.stage.counters, pool };
    const fused = { hop, ports: new FusedHop(parts) };
    this.#fused.set(link, fused);
    return fused;
  }

  /** The ports of a processor, with those of its fused links in their places. */
  #ioOf(processor: HostedProcessor, io: ProcessorIo): ProcessorIo {
    const inputs: Record<string, unknown> = { ...io.inputs };
    const outputs: Record<string, unknown> = { ...io.outputs };
    for (const { hop, ports } of this.#fusedOf(processor)) {
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
