import type { StreamlibError } from '../errors.ts';
import { CallGuard } from './call-guard.ts';
import { ErrorHandling, type ErrorHandlingOptions } from './error-handling.ts';
import type { LaneSupervision } from './lane-supervision.ts';
import { type CircuitChange, ProcessorCircuit } from './processor-circuit.ts';

/** What the failures of one instance of a processor are handled with. */
export interface CallFailuresOptions extends ErrorHandlingOptions {
  readonly supervision: LaneSupervision;
  /** Whether its first call is the probe of a circuit breaker. */
  readonly isProbe: boolean;
  /** Whether the runtime calls it: what it does not call it cannot guard. */
  readonly isCalled: boolean;
  onCircuit(change: CircuitChange): void;
}

/** The calls of one instance of a processor that threw: its error policy, and the circuit breaker that counts them. */
export class CallFailures {
  /** Told of each call. */
  readonly guard: CallGuard;
  readonly circuit: ProcessorCircuit;
  /** Calls that threw. */
  count = 0;
  readonly #options: CallFailuresOptions;
  readonly #errors: ErrorHandling;
  #supervision: LaneSupervision;

  constructor(options: CallFailuresOptions) {
    const { supervision, isProbe, counters, onCircuit } = options;
    this.#options = options;
    this.#errors = new ErrorHandling(options);
    this.guard = new CallGuard(counters);
    this.circuit = new ProcessorCircuit(supervision.circuit, isProbe, onCircuit);
    this.#supervision = supervision;
    this.#setPolicy();
  }

  /** Whether it has to be known what a call has read. */
  get needsGuard(): boolean {
    return this.guard.errorPolicy !== 'propagate';
  }

  /** Takes another supervision from the next call on. */
  supervise(supervision: LaneSupervision): void {
    this.#supervision = supervision;
    this.#setPolicy();
    this.circuit.setLimits(supervision.circuit);
  }

  /** Does with a call that threw what the error policy says. Undefined where the processor is to fail. */
  handle(error: unknown): StreamlibError | undefined {
    const { guard } = this;
    this.count++;
    if (!guard.handlesErrors) {
      guard.end();
      return undefined;
    }
    return this.#errors.handle(error, guard, this.#supervision.defaultFrame);
  }

  #setPolicy(): void {
    const { ports, isCalled } = this.#options;
    this.guard.setPolicy(isCalled ? this.#supervision.errorPolicy : 'propagate');
    ports.setGuard(this.needsGuard ? this.guard : undefined);
  }
}
