import type { ProcessorDescriptor, SchedulingDescriptor } from './processor.ts';

/** How often a loop is called that does not say, in microseconds. */
export const DEFAULT_LOOP_INTERVAL_US = 10;

/** When a type is called: as it says, or `push` for types with inputs and `loop` for types without. */
export function schedulingOf({ scheduling, inputs }: ProcessorDescriptor): SchedulingDescriptor {
  return scheduling ?? (Object.keys(inputs).length > 0 ? { kind: 'push' } : { kind: 'loop' });
}
