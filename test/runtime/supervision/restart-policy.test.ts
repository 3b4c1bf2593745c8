import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { RestartSpec } from '../../../server/runtime/graph/index.ts';
import {
  NO_FAILURES,
  type RestartAction,
  type RestartEvent,
  type RestartState,
  restartPolicyOf,
  stepRestart,
} from '../../../server/runtime/supervision/restart-policy.ts';

type Happening = readonly [event: RestartEvent, atMs: number];

/** What follows from each of the happenings, shortly: the whole delay of an exponential one unless `random` says. */
function actionsOf(spec: RestartSpec, happenings: readonly Happening[], random = 1): string[] {
  let state = NO_FAILURES;
  return happenings.map(([event, atMs]) => {
    const step = stepRestart(restartPolicyOf(spec), state, event, atMs, random);
    state = step.state;
    return textOf(step.action);
  });
}

function textOf(action: RestartAction): string {
  if (action.kind === 'restart') return `${action.isProbe ? 'probe' : 'restart'} after ${action.afterMs}`;
  if (action.kind === 'open') return `open for ${action.forMs}`;
  if (action.kind === 'stay') return action.isExhausted ? 'exhausted' : 'stay';
  return 'none';
}

const failures = (...timesMs: number[]): Happening[] => timesMs.map((atMs) => ['failed', atMs]);

describe('the restart strategy', () => {
  for (const { name, spec, happenings, want } of [
    { name: 'nothing said: never', spec: {}, happenings: failures(0, 1), want: ['stay', 'stay'] },
    {
      name: 'immediate, until its attempts are used up',
      spec: { strategy: 'immediate', maxAttempts: 2 },
      happenings: failures(0, 1, 2),
      want: ['restart after 0', 'restart after 0', 'exhausted'],
    },
    {
      name: 'exponential, doubling up to the longest delay',
      spec: { strategy: 'exponential', baseMs: 100, maxMs: 500, maxAttempts: 5 },
      happenings: failures(0, 1, 2, 3, 4, 5),
      want: [...[100, 200, 400, 500, 500].map((ms) => `restart after ${ms}`), 'exhausted'],
    },
    {
      name: 'exponential, that ran without trouble for max_ms in between',
      spec: { strategy: 'exponential', baseMs: 100, maxMs: 500, maxAttempts: 2 },
      happenings: [...failures(0, 1), ['running', 10], ['failed', 510]],
      want: ['restart after 100', 'restart after 200', 'none', 'restart after 100'],
    },
    {
      name: 'exponential, that ran a little too short',
      spec: { strategy: 'exponential', baseMs: 100, maxMs: 500, maxAttempts: 2 },
      happenings: [...failures(0, 1), ['running', 10], ['failed', 509]],
      want: ['restart after 100', 'restart after 200', 'none', 'exhausted'],
    },
    {
      name: 'a circuit breaker, that opens, probes, fails, probes and closes',
      spec: { strategy: 'circuit_breaker', failureThreshold: 3, windowMs: 100, halfOpenAfterMs: 50 },
      happenings: [
        ...failures(0, 10, 20),
        ['due', 69],
        ['due', 70],
        ['failed', 80],
        ['due', 130],
        ['proved', 131],
        ...failures(140),
      ],
      want: [
        ...['restart after 0', 'restart after 0', 'open for 50'],
        ...['none', 'probe after 0', 'open for 50', 'probe after 0', 'none'],
        'restart after 0',
      ],
    },
    {
      name: 'a circuit breaker whose failures are too far apart',
      spec: { strategy: 'circuit_breaker', failureThreshold: 2, windowMs: 100 },
      happenings: failures(0, 100, 200, 299),
      want: ['restart after 0', 'restart after 0', 'restart after 0', 'open for 30000'],
    },
  ] as const satisfies readonly {
    name: string;
    spec: RestartSpec;
    happenings: readonly Happening[];
    want: readonly string[];
  }[]) {
    it(`does what it says: ${name}`, () => {
      assert.deepEqual(actionsOf(spec, happenings), want);
    });
  }

  const events = fc.array(
    fc.record({
      event: fc.constantFrom<RestartEvent>('failed', 'running', 'due', 'proved'),
      passedMs: fc.nat(2_000),
      random: fc.double({ min: 0, max: 0.999, noNaN: true }),
    }),
    { maxLength: 60 },
  );
  const specs = fc.record({
    strategy: fc.constantFrom('never', 'immediate', 'exponential', 'circuit_breaker'),
    baseMs: fc.nat(500),
    maxMs: fc.integer({ min: 1, max: 1_000 }),
    maxAttempts: fc.nat(5),
    failureThreshold: fc.integer({ min: 1, max: 4 }),
    windowMs: fc.integer({ min: 1, max: 3_000 }),
    halfOpenAfterMs: fc.nat(1_000),
  } as const);

  it('never restarts more often than it may, never waits longer than it says, and never waits for less than no time', () => {
    fc.assert(
      fc.property(specs, events, (spec, happenings) => {
        const policy = restartPolicyOf(spec as RestartSpec);
        let state: RestartState = NO_FAILURES;
        let nowMs = 0;
        for (const { event, passedMs, random } of happenings) {
          nowMs += passedMs;
          const step = stepRestart(policy, state, event, nowMs, random);
          const { action } = step;
          const waitMs =
            action.kind === 'restart' ? action.afterMs : action.kind === 'open' ? action.forMs : 0;
          assert.ok(waitMs >= 0 && waitMs <= Math.max(policy.maxMs, policy.halfOpenAfterMs), `${waitMs}`);
          assert.ok(action.kind !== 'open' || policy.strategy === 'circuit_breaker');
          assert.ok(action.kind !== 'restart' || policy.strategy !== 'never');
          const isBounded = policy.maxAttempts > 0 && policy.strategy !== 'circuit_breaker';
          assert.ok(!isBounded || step.state.attempts <= policy.maxAttempts);
          assert.ok(action.kind !== 'restart' || !action.isProbe || step.state.circuit.kind === 'half_open');
          state = step.state;
        }
      }),
    );
  });
});
