import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { EventLog } from '../events/event-log.ts';
import { processorTopic } from '../events/topics.ts';
import type { ProcessorId } from '../ids.ts';
import type { CircuitChange } from '../lane/processor-circuit.ts';
import { CIRCUIT_STATES, numberOf } from '../vocabulary.ts';

/** Tells that the circuit breaker of a processor went from one state to another. */
export function emitCircuitChange(
  events: EventLog,
  processorId: ProcessorId,
  { from, to, failures, probeInMs }: CircuitChange,
  nowMs: number,
): void {
  events.emit(
    {
      case: 'circuitBreakerChanged',
      value: {
        processorId,
        fromState: numberOf(CIRCUIT_STATES, from),
        toState: numberOf(CIRCUIT_STATES, to),
        failures,
        probeTime: probeInMs === undefined ? undefined : timestampFromMs(nowMs + probeInMs),
      },
    },
    { topic: processorTopic(processorId) },
  );
}
