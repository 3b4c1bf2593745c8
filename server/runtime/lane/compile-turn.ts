import type { FramePool } from '../frame/frame-pool.ts';
import type { DirectLink } from '../link/direct-link.ts';
import type { Processor, ProcessorIo } from '../processor.ts';
import type { CallGuard } from './call-guard.ts';
import type { LaneContext } from './lane-context.ts';
import type { LaneHeartbeat } from './lane-heartbeat.ts';
import type { ProcessorCounterWriter } from './processor-counters.ts';

/** One processor in a turn. */
export interface TurnStage {
  readonly instance: Processor;
  readonly io: ProcessorIo;
  readonly context: LaneContext;
  readonly counters: ProcessorCounterWriter;
  /** Told of each call, where an error policy has to know what was read in it. */
  readonly guard: CallGuard | undefined;
  /** What the lane's heartbeat shows while it is called. */
  readonly startNumber: number;
  /** The link that alone feeds it, of a stage that follows another one. */
  readonly link: DirectLink | undefined;
  /** Called with each frame that this one writes, before the next. */
  readonly followers: readonly TurnStage[];
}

/** The turn that a lane's processors have now; one per lane, since one at a time is called. */
export interface LaneTurn {
  /** Whether code of a processor is on the stack. */
  isRunning: boolean;
  /** Set during a call: no further call is to follow in this turn. */
  stop: boolean;
  /** What a call gave back that was not undefined; the turn ends with it. */
  returned: unknown;
}

/** What the turns of a lane have in common. */
export interface TurnSurroundings {
  readonly turn: LaneTurn;
  readonly pool: FramePool;
  readonly heartbeat: LaneHeartbeat;
}

/** How far a turn may go. */
export interface TurnLimits {
  /** How often the first stage is called. */
  calls: number;
  /** How many frames the first stage reads. */
  reads: number;
  /** How often each of the others is called. */
  callsOfOthers: number;
}

/**
 * Calls the stages within limits and writes into `made` how often each was called, in the order of `stagesOf`. What a
 * stage throws comes out of here; the heartbeat shows which it was.
 */
export type Turn = (limits: TurnLimits, made: number[]) => void;

let compiled = 0;

/** The stages of a turn in the order in which a frame reaches them. */
export const stagesOf = (stage: TurnStage): TurnStage[] => [stage, ...stage.followers.flatMap(stagesOf)];

/**
 * Makes the turn of a stage and all that follow it: one function in which each stage has a call of its own, so that
 * the compiler sees which `process` is called and can inline it, and in which a frame goes through all stages before
 * the next one begins, so that it is in the nearest cache all the way (bench/fused-chain.ts). Its source is unlike any
 * other, because V8 shares what it learnt about a function with all functions of the same source.
 */
export function compileTurn(root: TurnStage, { turn, pool, heartbeat }: TurnSurroundings): Turn {
  const stages = stagesOf(root);
  const numbers = stages.map((_, k) => k);
  const notDone = numbers.slice(1).map((k) => `made${k} < callsOfOthers`);
  const name = `turn${++compiled}`;
  const code = `'use strict';
const { ${numbers.map((k) => `stage${k}`).join(', ')} } = stages;
${numbers
  .map(
    (k) => `const process${k} = stage${k}.instance, io${k} = stage${k}.io, context${k} = stage${k}.context;
const link${k} = stage${k}.link, guard${k} = stage${k}.guard;`,
  )
  .join('\n')}
const { counters } = stage0;
return function ${name}({ calls, reads, callsOfOthers }, made) {
  const lastRead = counters.reads + reads;
  // Where views are not handed out again, all calls count as one: see FramePool.keepViewsApart.
  const step = pool.reusesViews ? 1 : 0;
  let call = pool.call;
  let ${numbers.map((k) => `made${k} = 0`).join(', ')};
  try {
    do {
      ${callOf(root, stages)}
    } while (${['made0 < calls', 'counters.reads < lastRead', ...notDone, '!turn.stop'].join(' && ')});
  } finally {
    ${numbers.map((k) => `made[${k}] = made${k};`).join(' ')}
  }
};
//# sourceURL=streamlib-${name}-${root.context.processorType}`;
  const named = Object.fromEntries(stages.map((stage, k) => [`stage${k}`, stage]));
  return new Function('stages', 'turn', 'pool', 'beats', code)(named, turn, pool, heartbeat.words);
}

function callOf(stage: TurnStage, stages: readonly TurnStage[]): string {
  const k = stages.indexOf(stage);
  const followers = stage.followers.map((follower) => {
    const f = stages.indexOf(follower);
    // NB: within a round each was called less often than it may be, so that only a second call needs a look.
    return `if (link${f}.head !== undefined) do {
${callOf(follower, stages)}
} while (link${f}.head !== undefined && made${f} < callsOfOthers && !turn.stop);`;
  });
  return `made${k}++;
beats[0] = ${stage.startNumber};
pool.call = call += step;
${stage.guard === undefined ? '' : `guard${k}.begin();`}
const returned${k} = process${k}.process(io${k}, context${k});
${stage.guard === undefined ? '' : `guard${k}.end();`}
if (returned${k} !== undefined) {
  turn.returned = returned${k};
  return;
}
${followers.join('\n')}`;
}
