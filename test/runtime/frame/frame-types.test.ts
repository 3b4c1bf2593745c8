import assert from 'node:assert/strict';
import type { ProcessorDescriptor } from '../../../server/processor.ts';
import { AudioFrame, DataFrame } from '../../../server/processor.ts';
import { frameTypeNamed, registerFrameTypes } from '../../../server/runtime/frame/frame-types.ts';
import { ProcessorRegistry } from '../../../server/runtime/registry/index.ts';
import { createSweepType, Sweep } from '../../support/radar-frame.ts';
import { dataFilter, entryOf } from '../graph/support/graph-types.ts';

type Ports = Pick<ProcessorDescriptor, 'name' | 'inputs' | 'outputs'>;

const port = (frame: ProcessorDescriptor['outputs'][string]['frame']) => ({
  frame,
  description: 'for tests',
});
const sink = (frame: ProcessorDescriptor['outputs'][string]['frame'], name = 'acme.Sink'): Ports => ({
  name,
  inputs: { data: port(frame) },
  outputs: {},
});

describe('frame types of third parties', () => {
  it('are opaque until a descriptor mentions them', () => {
    const type = { ...createSweepType(3), name: 'acme.Unheard' };
    const before = frameTypeNamed('acme.Unheard');
    assert.deepEqual([before.name, before.version], ['acme.Unheard', 0]);
    registerFrameTypes({ name: 'acme.Source', inputs: {}, outputs: { data: port(type) } });
    assert.equal(frameTypeNamed('acme.Unheard'), type);
  });

  it('are found from the moment on at which a registry has loaded a type that uses them', async () => {
    const type = { ...createSweepType(1), name: 'acme.OfRegistry' };
    await ProcessorRegistry.of([entryOf({ ...dataFilter, outputs: { data_out: port(type) } })]);
    assert.equal(frameTypeNamed('acme.OfRegistry'), type);
  });

  it('stay the first object where two copies of a package bring the same version', () => {
    const type = { ...createSweepType(1), name: 'acme.Twice' };
    registerFrameTypes(sink(type));
    registerFrameTypes(sink({ ...type }));
    assert.equal(frameTypeNamed('acme.Twice'), type);
  });

  it('are refused in another version than is known, naming both and the port', () => {
    registerFrameTypes(sink(Sweep));
    assert.throws(() => registerFrameTypes(sink(createSweepType(3), 'other.Sink')), {
      code: 'FIELD_INVALID',
      path: 'other.Sink.inputs.data.frame',
      message:
        'other.Sink.inputs.data.frame must be acme.Sweep version 2, as it is known here, was version 3',
    });
    assert.equal(frameTypeNamed('acme.Sweep'), Sweep);
  });

  it('are refused all together if one is', () => {
    const type = { ...createSweepType(1), name: 'acme.NotAlone' };
    const inputs = { first: port(type), second: port({ ...type, version: 2 }) };
    assert.throws(() => registerFrameTypes({ name: 'acme.Sink', inputs, outputs: {} }), {
      path: 'acme.Sink.inputs.second.frame',
    });
    assert.equal(frameTypeNamed('acme.NotAlone').version, 0);
  });

  for (const type of [DataFrame, AudioFrame.of(2)]) {
    it(`do not take the place of ${type.name}`, () => {
      registerFrameTypes(sink(type));
      assert.throws(() => registerFrameTypes(sink({ ...type } as never)), {
        code: 'FIELD_INVALID',
        message: `acme.Sink.inputs.data.frame must be the ${type.name} of the streamlib that runs it, was that of another copy`,
      });
      assert.equal(frameTypeNamed(type.name), type);
    });
  }

  for (const { name, change, path, was } of [
    { name: 'no vendor', change: { name: 'Sweep' }, path: 'frame.name', was: '"Sweep"' },
    {
      name: 'too many channels',
      change: { name: 'AudioFrame<1000>' },
      path: 'frame.name',
      was: '"AudioFrame<1000>"',
    },
    { name: 'version 0', change: { version: 0 }, path: 'frame.version', was: '0' },
    { name: 'a header of 20 bytes', change: { headerBytes: 20 }, path: 'frame.headerBytes', was: '20' },
    { name: 'a header of 8 bytes', change: { headerBytes: 8 }, path: 'frame.headerBytes', was: '8' },
    { name: 'no encode', change: { encode: undefined }, path: 'frame.encode', was: 'undefined' },
  ]) {
    it(`are refused with ${name}`, async () => {
      const frame = { ...Sweep, ...change } as typeof Sweep;
      const loading = ProcessorRegistry.of([entryOf({ ...dataFilter, inputs: { data_in: port(frame) } })]);
      await assert.rejects(loading, (error: { code: string; path: string; message: string }) => {
        assert.deepEqual([error.code, error.path], ['FIELD_INVALID', `DataFilter.inputs.data_in.${path}`]);
        assert.ok(error.message.endsWith(`was ${was}`), error.message);
        return true;
      });
    });
  }
});
