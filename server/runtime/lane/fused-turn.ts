import {
  compileTurn,
  stagesOf,
  type Turn,
  type TurnLimits,
  type TurnStage,
  type TurnSurroundings,
} from './compile-turn.ts';
import type { FusedHop } from './fused-hop.ts';
import type { HostedProcessor } from './hosted-processor.ts';

/** What a turn is made from. */
export interface FusedTurnParts {
  readonly root: TurnStage;
  /** In the order of the stages; the first is the one whose turn it is. */
  readonly processors: readonly HostedProcessor[];
  readonly hops: readonly FusedHop[];
  readonly surroundings: TurnSurroundings;
}

/** The turn of a processor together with those that follow it in its lane. */
export class FusedTurn {
  readonly #surroundings: TurnSurroundings;
  readonly #hops: readonly FusedHop[];
  readonly #processors: readonly HostedProcessor[];
  readonly #turn: Turn;
  /** The same for the first alone, where there are others. */
  readonly #alone: Turn;
  readonly #limits: TurnLimits = { calls: 0, reads: 0, callsOfOthers: 0 };
  readonly #made: number[];
  /** Whether others are to be called before the first goes on. */
  isYielding = false;

  constructor({ root, processors, hops, surroundings }: FusedTurnParts) {
    this.#surroundings = surroundings;
    this.#processors = processors;
    this.#hops = hops;
    this.#turn = compileTurn(root, surroundings);
    const isAlone = root.followers.length === 0;
    this.#alone = isAlone ? this.#turn : compileTurn({ ...root, followers: [] }, surroundings);
    this.#made = stagesOf(root).map(() => 0);
  }

  /** Calls the first once, and no other, while somebody takes the time. */
  runTimed(): void {
    this.#run(this.#alone, 1, 1);
    this.#processors[0]?.wasCalled(0);
  }

  /**
   * Calls the first at most `calls` times, until it has read `reads` frames, and the others with it where all of them
   * can be called. Answers how often the first was called.
   */
  run(calls: number, reads: number): number {
    const limits = this.#limits;
    limits.callsOfOthers = Number.POSITIVE_INFINITY;
    let isFused = true;
    for (let i = 1; i < this.#processors.length; i++) {
      const processor = this.#processors[i] as HostedProcessor;
      if (!processor.isCallable) isFused = false;
      else if (processor.untimedCalls < limits.callsOfOthers) limits.callsOfOthers = processor.untimedCalls;
    }
    this.isYielding = isFused && limits.callsOfOthers === 0;
    // NB: where one of them is to be timed all are, by one frame that they handle one after the other. So they come to
    // be timed together, and go on together in between.
    if (this.isYielding) {
      for (const processor of this.#processors) processor.timeNextCall();
      return 0;
    }
    this.#run(isFused ? this.#turn : this.#alone, calls, reads);
    for (let i = 0; i < this.#processors.length; i++)
      (this.#processors[i] as HostedProcessor).wasCalled(this.#made[i] as number);
    return this.#made[0] as number;
  }

  #run(compiled: Turn, calls: number, reads: number): void {
    const limits = this.#limits;
    limits.calls = calls;
    limits.reads = reads;
    if (compiled !== this.#turn) this.#made.fill(0);
    const { turn, heartbeat } = this.#surroundings;
    turn.stop = false;
    turn.isRunning = true;
    try {
      compiled(limits, this.#made);
    } catch (error) {
      this.#processorAt(heartbeat.startNumber).failCall(error);
    } finally {
      turn.isRunning = false;
    }
    for (const hop of this.#hops) hop.settle();
    const { returned } = turn;
    turn.returned = undefined;
    if (returned !== undefined) this.#processorAt(heartbeat.startNumber).refuseReturned(returned);
  }

  #processorAt(startNumber: number): HostedProcessor {
    return this.#processors.find((processor) => processor.startNumber === startNumber) as HostedProcessor;
  }
}
