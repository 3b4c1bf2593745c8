/** When a circuit breaker opens, and for how long. */
export interface CircuitLimits {
  /** Failures within the window that open it, from 1 on. */
  readonly failureThreshold: number;
  readonly windowMs: number;
  /** How long it stays open before a probe. */
  readonly halfOpenAfterMs: number;
}

/**
 * A circuit breaker (M. Nygard, Release It!, 2007), as a value:
 *
 * ```
 *             threshold failures within the window               halfOpenAfterMs
 *   closed ────────────────────────────────────────▶ open ─────────────────────▶ half_open
 *     ▲                                                ▲                             │ │
 *     │                                                └───────── the probe fails ───┘ │
 *     └──────────────────────────────── the probe succeeds ────────────────────────────┘
 * ```
 *
 * Times are of any clock, always the same one.
 */
export type Circuit =
  /** Failures within the window, oldest first; fewer than the threshold. */
  | { readonly kind: 'closed'; readonly failedAtMs: readonly number[] }
  | { readonly kind: 'open'; readonly failures: number; readonly probeAtMs: number }
  /** The next call is the probe. */
  | { readonly kind: 'half_open'; readonly failures: number };

/** A circuit breaker that has seen no failure. */
export const CLOSED: Circuit = { kind: 'closed', failedAtMs: [] };

/** After a failure. One that is open stays open for as long as it would have. */
export function afterFailure(circuit: Circuit, limits: CircuitLimits, nowMs: number): Circuit {
  const { failureThreshold, windowMs, halfOpenAfterMs } = limits;
  const probeAtMs = nowMs + halfOpenAfterMs;
  switch (circuit.kind) {
    case 'open':
      return circuit;
    case 'half_open':
      return { kind: 'open', failures: circuit.failures + 1, probeAtMs };
    case 'closed': {
      const failedAtMs = [...circuit.failedAtMs.filter((atMs) => nowMs - atMs < windowMs), nowMs];
      if (failedAtMs.length < failureThreshold) return { kind: 'closed', failedAtMs };
      return { kind: 'open', failures: failedAtMs.length, probeAtMs };
    }
  }
}

/** After a call that succeeded: a probe closes the breaker, other successes change nothing. */
export const afterSuccess = (circuit: Circuit): Circuit => (circuit.kind === 'half_open' ? CLOSED : circuit);

/** An open breaker whose time has come is half open; any other stays as it is. */
export const whenDue = (circuit: Circuit, nowMs: number): Circuit =>
  circuit.kind === 'open' && nowMs >= circuit.probeAtMs
    ? { kind: 'half_open', failures: circuit.failures }
    : circuit;

/** The failures that a breaker counts. */
export const failuresOf = (circuit: Circuit): number =>
  circuit.kind === 'closed' ? circuit.failedAtMs.length : circuit.failures;
