import type { ProcessorDescriptor, SchedulingDescriptor } from './processor.ts';

/** When a type is called: as it says, or `push` for types with inputs and `loop` for types without. */
export function schedulingOf({ scheduling, inputs }: ProcessorDescriptor): SchedulingDescriptor {
  return scheduling ?? (Object.keys(inputs).length > 0 ? { kind: 'push' } : { kind: 'loop' });
}
