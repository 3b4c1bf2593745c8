import type { RestartSpec } from '../graph/index.ts';
import { afterFailure, afterSuccess, type Circuit, CLOSED, whenDue } from '../lane/circuit-breaker.ts';
import type { RestartStrategy } from '../vocabulary.ts';

/** A restart strategy with its numbers, defaults filled in. */
export interface RestartPolicy {
  readonly strategy: RestartStrategy;
  readonly baseMs: number;
  readonly maxMs: number;
  /** 0 is without end. */
  readonly maxAttempts: number;
  readonly failureThreshold: number;
  readonly windowMs: number;
  readonly halfOpenAfterMs: number;
}

/** What a strategy takes that says nothing. */
const DEFAULTS: RestartPolicy = {
  strategy: 'never',
  baseMs: 100,
  maxMs: 30_000,
  maxAttempts: 10,
  failureThreshold: 5,
  windowMs: 60_000,
  halfOpenAfterMs: 30_000,
};

/** What is known of the failures of a processor. */
export interface RestartState {
  /** Restarts since it last ran without trouble. */
  readonly attempts: number;
  readonly circuit: Circuit;
  /** Since when it has run; undefined while it does not. */
  readonly runningSinceMs: number | undefined;
}

/** A processor that has not failed. */
export const NO_FAILURES: RestartState = { attempts: 0, circuit: CLOSED, runningSinceMs: undefined };

export type RestartEvent =
  /** It runs from now on. */
  | 'running'
  /** Its setup or `process` threw, its lane was lost, or its lane was ended because of it. */
  | 'failed'
  /** Its circuit breaker was open for long enough. */
  | 'due'
  /** The first call of a probe succeeded. */
  | 'proved';

export type RestartAction =
  | { readonly kind: 'none' }
  /** It stays failed; `isExhausted` where its strategy would have had it set up again if it had not been so often. */
  | { readonly kind: 'stay'; readonly isExhausted: boolean }
  | { readonly kind: 'restart'; readonly afterMs: number; readonly isProbe: boolean }
  /** It waits for a probe. */
  | { readonly kind: 'open'; readonly forMs: number };

export interface RestartStep {
  readonly state: RestartState;
  readonly action: RestartAction;
}

const NOTHING: RestartAction = { kind: 'none' };

/** The strategy of a spec with all its numbers. */
export function restartPolicyOf(spec: RestartSpec = {}): RestartPolicy {
  const given = Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== undefined));
  return { ...DEFAULTS, ...given };
}

/**
 * What follows from an event, without effects. `random` is from 0 up to 1. Having run for `maxMs` a processor counts as
 * free of trouble, and its next failure as the first.
 */
export function stepRestart(
  policy: RestartPolicy,
  state: RestartState,
  event: RestartEvent,
  nowMs: number,
  random: number,
): RestartStep {
  switch (event) {
    case 'running':
      return { state: { ...state, runningSinceMs: nowMs }, action: NOTHING };
    case 'proved':
      return { state: { ...state, attempts: 0, circuit: afterSuccess(state.circuit) }, action: NOTHING };
    case 'due': {
      const circuit = whenDue(state.circuit, nowMs);
      if (circuit === state.circuit) return { state, action: NOTHING };
      return {
        state: counted({ ...state, circuit }),
        action: { kind: 'restart', afterMs: 0, isProbe: true },
      };
    }
    case 'failed':
      return afterFailureOf(policy, withoutOldTrouble(policy, state, nowMs), nowMs, random);
  }
}

function afterFailureOf(
  policy: RestartPolicy,
  state: RestartState,
  nowMs: number,
  random: number,
): RestartStep {
  const { strategy, maxAttempts } = policy;
  if (strategy === 'never') return { state, action: { kind: 'stay', isExhausted: false } };
  if (strategy === 'circuit_breaker') {
    const circuit = afterFailure(state.circuit, policy, nowMs);
    const failed = { ...state, circuit };
    if (circuit.kind === 'open')
      return { state: failed, action: { kind: 'open', forMs: Math.max(0, circuit.probeAtMs - nowMs) } };
    return { state: counted(failed), action: { kind: 'restart', afterMs: 0, isProbe: false } };
  }
  if (maxAttempts !== 0 && state.attempts >= maxAttempts)
    return { state, action: { kind: 'stay', isExhausted: true } };
  const afterMs = strategy === 'immediate' ? 0 : fullJitterMs(policy, state.attempts, random);
  return { state: counted(state), action: { kind: 'restart', afterMs, isProbe: false } };
}

/**
 * Anything from 0 up to the exponential delay, so that many that fail together do not come back together: "full jitter"
 * of M. Brooker, Exponential Backoff And Jitter (AWS Architecture Blog, 2015).
 */
function fullJitterMs({ baseMs, maxMs }: RestartPolicy, attempts: number, random: number): number {
  // NB: 2^attempts may be infinite, and Math.min still answers the longest delay.
  return random * Math.min(maxMs, baseMs * 2 ** attempts);
}

function withoutOldTrouble({ maxMs }: RestartPolicy, state: RestartState, nowMs: number): RestartState {
  const { runningSinceMs } = state;
  const isOver = runningSinceMs !== undefined && nowMs - runningSinceMs >= maxMs;
  return { ...state, attempts: isOver ? 0 : state.attempts, runningSinceMs: undefined };
}

const counted = (state: RestartState): RestartState => ({ ...state, attempts: state.attempts + 1 });
