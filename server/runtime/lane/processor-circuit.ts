import {
  afterFailure,
  afterSuccess,
  type Circuit,
  type CircuitLimits,
  CLOSED,
  failuresOf,
  whenDue,
} from './circuit-breaker.ts';

/** A circuit breaker went from one state to another. */
export interface CircuitChange {
  readonly from: Circuit['kind'];
  readonly to: Circuit['kind'];
  readonly failures: number;
  /** How long until it probes, of one that opened. */
  readonly probeInMs?: number;
}

/**
 * The circuit breaker around one instance of a processor: counts the calls that its error policy took care of. Without
 * limits it never opens, and yet probes where its instance is one.
 */
export class ProcessorCircuit {
  #limits: CircuitLimits | undefined;
  #circuit: Circuit;
  readonly #onChange: (change: CircuitChange) => void;

  constructor(
    limits: CircuitLimits | undefined,
    isProbe: boolean,
    onChange: (change: CircuitChange) => void,
  ) {
    this.#limits = limits;
    this.#circuit = isProbe ? { kind: 'half_open', failures: 0 } : CLOSED;
    this.#onChange = onChange;
  }

  get kind(): Circuit['kind'] {
    return this.#circuit.kind;
  }

  /** When an open one may probe; Infinity of any other. */
  get probeAtMs(): number {
    return this.#circuit.kind === 'open' ? this.#circuit.probeAtMs : Number.POSITIVE_INFINITY;
  }

  /** Takes other limits. Without any it is closed. */
  setLimits(limits: CircuitLimits | undefined): void {
    this.#limits = limits;
    if (limits === undefined) this.#become(CLOSED);
  }

  /** Lets one that was open for long enough probe. */
  becomeDue(nowMs: number): void {
    this.#become(whenDue(this.#circuit, nowMs));
  }

  failed(nowMs: number): void {
    if (this.#limits !== undefined) this.#become(afterFailure(this.#circuit, this.#limits, nowMs), nowMs);
  }

  succeeded(): void {
    this.#become(afterSuccess(this.#circuit));
  }

  #become(circuit: Circuit, nowMs = 0): void {
    const from = this.#circuit.kind;
    this.#circuit = circuit;
    if (circuit.kind === from) return;
    const probeInMs = circuit.kind === 'open' ? circuit.probeAtMs - nowMs : undefined;
    this.#onChange({ from, to: circuit.kind, failures: failuresOf(circuit), probeInMs });
  }
}
