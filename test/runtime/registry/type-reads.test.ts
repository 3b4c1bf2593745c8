import assert from 'node:assert/strict';
import { TypeReads } from '../../../server/runtime/loop/type-reads.ts';
import type { ProcessorDescriptor, SchedulingDescriptor } from '../../../server/runtime/processor.ts';
import { ProcessorRegistry } from '../../../server/runtime/registry/index.ts';
import { dataFilter, entryOf } from '../graph/support/graph-types.ts';

const INTERVALS: Record<string, { scheduling?: SchedulingDescriptor; wantUs: number }> = {
  'a loop that does not say': { wantUs: 10 },
  'a loop that says': { scheduling: { kind: 'loop', intervalUs: 1000 }, wantUs: 1000 },
  'a loop that is called as often as possible': { scheduling: { kind: 'loop', intervalUs: 0 }, wantUs: 0 },
  'no loop': { scheduling: { kind: 'manual' }, wantUs: 0 },
};

describe('a processor type as it is shown', () => {
  for (const [name, { scheduling, wantUs }] of Object.entries(INTERVALS)) {
    it(`has the interval of ${name}`, async () => {
      const descriptor: ProcessorDescriptor = {
        ...dataFilter,
        inputs: {},
        ...(scheduling && { scheduling }),
      };
      const types = new TypeReads(await ProcessorRegistry.of([entryOf(descriptor)]));
      assert.equal(types.get('DataFilter').processorType?.intervalUs, wantUs);
    });
  }
});
