import type { ProcessorClass, ProcessorTypeEntry } from '../../server/processor.ts';

/** The entry of a processor type that stands in the module of its registry. */
export const processorEntry = (type: ProcessorClass): ProcessorTypeEntry => ({
  type: type.descriptor.name,
  load: async () => ({ default: type }),
});
