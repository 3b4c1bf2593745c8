import assert from 'node:assert/strict';
import { addGraphFile } from '../../server/cli/graph-file.ts';
import { parseGraphFile } from '../../server/graph-file/index.ts';
import { StreamlibError } from '../../server/runtime/errors.ts';
import { TestRuntime } from '../support/test-runtime.ts';

const TWO = `processors:
  - id: tone
    type: SineGenerator
  - id: meter
    type: LevelMeter
`;

/** Texts that are refused before there is a runtime, with every line of the message. */
const UNREADABLE: Record<string, { text: string; message: string }> = {
  'a syntax error': {
    text: 'processors:\n  - id: tone\n    type: [SineGenerator\n',
    message: 'g.yaml:4:1: Flow sequence in block collection must be sufficiently indented and end with a ]',
  },
  'a key that is there twice': {
    text: 'links: []\nlinks: []\n',
    message: 'g.yaml:2:1: Map keys must be unique',
  },
  'JSON that ends too soon': {
    text: '{\n  "processors": [\n',
    message: [
      'g.yaml:3:1: Flow sequence in block collection must be sufficiently indented and end with a ]',
      'g.yaml:3:1: Flow map must end with a }',
    ].join('\n'),
  },
  'a list in place of the whole': {
    text: '- id: tone\n',
    message: 'g.yaml:1:1 (the file): must be of type object, was [{"id":"tone"}]',
  },
  'an alias to nothing': {
    text: 'processors: *none\n',
    message: 'g.yaml: Unresolved alias (the anchor must be set before the alias): none',
  },
  'an alias within what it names': {
    text: 'processors: &all [*all]\n',
    message: 'g.yaml: must have an end, was an alias within what it names',
  },
  'an unknown field': {
    text: 'processors:\n  - id: tone\n    type: SineGenerator\n    confg: {}\n',
    message: 'g.yaml:4:5 (processors[0].confg): is no field, was {}',
  },
  'a field that is missing': {
    text: 'processors:\n  - type: SineGenerator\n',
    message: 'g.yaml:2:5 (processors[0].id): is required, was absent',
  },
  'a field of the wrong type': {
    text: 'processors:\n  - id: tone\n    type: SineGenerator\n    paused: maybe\n',
    message: 'g.yaml:4:5 (processors[0].paused): must be of type boolean, was "maybe"',
  },
  'two faults': {
    text: 'processors:\n  - id: 7\n    type: Gain\nlinks: {}\n',
    message: [
      'g.yaml:2:5 (processors[0].id): must be of type string, was 7',
      'g.yaml:4:1 (links): must be of type array, was {}',
    ].join('\n'),
  },
  'an unknown delivery': {
    text: 'links:\n  - from: a.b\n    to: c.d\n    delivery: fast\n',
    message: 'g.yaml:4:5 (links[0].delivery): must be one of latest, every, lossless, was "fast"',
  },
  'a capacity of none': {
    text: 'links:\n  - {from: a.b, to: c.d, capacity_frames: 0}\n',
    message: 'g.yaml:2:26 (links[0].capacity_frames): must be >= 1, was 0',
  },
  'an end without a port': {
    text: 'links:\n  - from: tone\n    to: meter.audio\n',
    message: 'g.yaml:2:5 (links[0].from): must be "processor.port", was "tone"',
  },
  'a port that cannot be one': {
    text: 'links:\n  - from: tone.audio\n    to: meter.Audio\n',
    message:
      'g.yaml:3:5 (links[0].to): to_port must be 1 to 32 of a-z, 0-9 and "_", beginning with a letter, was "Audio"',
  },
};

/** Files whose graph the runtime refuses. */
const REFUSED: Record<string, { text: string; code: string; message: string }> = {
  'an unknown type': {
    text: 'processors:\n  - id: tone\n    type: SinGenerator\n',
    code: 'PROCESSOR_TYPE_UNKNOWN',
    message:
      'g.yaml:3:5 (processors[0].type): processor_type must be a known type, was "SinGenerator"; did you mean "SineGenerator"?',
  },
  'a config value out of range': {
    text: 'processors:\n  - id: tone\n    type: SineGenerator\n    config:\n      amplitude: 1\n      frequency_hz: -1\n',
    code: 'CONFIG_INVALID',
    message: 'g.yaml:6:7 (processors[0].config.frequency_hz): config.frequency_hz must be > 0, was -1',
  },
  'two config faults': {
    text: 'processors:\n  - id: tone\n    type: SineGenerator\n    config:\n      freq: 1\n      amplitude: loud\n',
    code: 'FIELD_UNKNOWN',
    message: [
      'g.yaml:5:7 (processors[0].config.freq): config.freq is no field, was 1; near it are frequency_hz',
      'g.yaml:6:7 (processors[0].config.amplitude): config.amplitude must be of type number, was "loud"',
    ].join('\n'),
  },
  'an id that cannot be one': {
    text: 'processors:\n  - id: a b\n    type: Gain\n',
    code: 'ID_INVALID',
    message:
      'g.yaml:2:5 (processors[0].id): processor_id must be 1 to 63 letters, digits, "_" or "-", beginning with a letter or digit, with one dot for owned ids, was "a b"',
  },
  'an id that is taken': {
    text: 'processors:\n  - {id: a, type: Gain}\n  - {id: a, type: Gain}\n',
    code: 'ID_TAKEN',
    message: 'g.yaml:3:6 (processors[1].id): processor_id must be new, was "a", which is taken',
  },
  'a link from nowhere': {
    text: `${TWO}links:\n  - from: voice.audio\n    to: meter.audio\n`,
    code: 'PROCESSOR_NOT_FOUND',
    message: 'g.yaml:7:5 (links[0].from): from_processor names no processor, was "voice"',
  },
  'an unknown port': {
    text: `${TWO}links:\n  - from: tone.audio\n    to: meter.sound\n`,
    code: 'PORT_UNKNOWN',
    message:
      'g.yaml:8:5 (links[0].to): to_port must be an input of "meter" (LevelMeter), was "sound"; its inputs are audio',
  },
  'ports of different types': {
    text: `${TWO}  - {id: mean, type: MovingAverage}\nlinks:\n  - from: tone.audio\n    to: mean.data_in\n`,
    code: 'PORT_TYPE_MISMATCH',
    message:
      'g.yaml:9:5 (links[0].to): to_port "data_in" of "mean" takes DataFrame, but from_port "audio" of "tone" gives AudioFrame<*>',
  },
  'an input that is taken': {
    text: `${TWO}links:\n  - {id: l, from: tone.audio, to: meter.audio}\n  - {from: tone.audio, to: meter.audio}\n`,
    code: 'INPUT_TAKEN',
    message: 'g.yaml:8:24 (links[1].to): to_port "audio" of "meter" takes one link and has "l"',
  },
  'a cycle': {
    text: 'processors:\n  - {id: a, type: Gain}\n  - {id: b, type: Gain}\nlinks:\n  - {from: a.audio_out, to: b.audio_in}\n  - {from: b.audio_out, to: a.audio_in}\n',
    code: 'CYCLE',
    message: 'g.yaml:6:25 (links[1].to): to_processor must not lead back to from_processor, was b -> a -> b',
  },
};

describe('graph files', () => {
  for (const [name, { text, message }] of Object.entries(UNREADABLE)) {
    it(`refuses ${name} and says where it is`, () => {
      assert.throws(() => parseGraphFile(text, 'g.yaml'), { code: 'GRAPH_FILE_INVALID', message });
    });
  }

  for (const [name, { text, code, message }] of Object.entries(REFUSED)) {
    it(`refuses ${name} and says where it is`, async () => {
      await using test = await TestRuntime.create();
      const graph = parseGraphFile(text, 'g.yaml');
      await assert.rejects(addGraphFile(test.runtime, graph), (error: unknown) => {
        assert.ok(error instanceof StreamlibError);
        assert.deepEqual({ code: error.code, message: error.message }, { code, message });
        return true;
      });
    });
  }

  it('reads YAML and JSON, tabs included, to the same graph', async () => {
    const yaml = `${TWO}links:\n  - {id: l, from: tone.audio, to: meter.audio, delivery: lossless, capacity_frames: 8}\n`;
    const content = {
      processors: [
        { id: 'tone', type: 'SineGenerator' },
        { id: 'meter', type: 'LevelMeter' },
      ],
      links: [{ id: 'l', from: 'tone.audio', to: 'meter.audio', delivery: 'lossless', capacity_frames: 8 }],
    };
    const json = JSON.stringify(content, null, '\t');
    const parts = (text: string) => {
      const { processors, links } = parseGraphFile(text, 'g');
      return { processors, links };
    };
    assert.deepEqual(parts(json), parts(yaml));
  });

  it('takes an empty file for an empty graph', () => {
    const { processors, links } = parseGraphFile('', 'g.yaml');
    assert.deepEqual({ processors, links }, { processors: [], links: [] });
  });

  it('adds every field of a file to the runtime', async () => {
    await using test = await TestRuntime.create();
    const text = `processors:
  - id: tone
    type: SineGenerator
    display_name: A tone
    config: { frequency_hz: 880 }
    placement: { lane: dedicated, priority: high }
    paused: true
    labels: { room: kitchen }
  - id: meter
    type: LevelMeter
links:
  - { id: l, from: tone.audio, to: meter.audio, delivery: lossless, capacity_frames: 8, labels: { side: left } }
`;
    await addGraphFile(test.runtime, parseGraphFile(text, 'g.yaml'));
    const graph = await test.runtime.getGraph();
    const [meter, tone] = graph.processors.toSorted((a, b) => (a.processorId < b.processorId ? -1 : 1));
    assert.equal(meter?.processorId, 'meter');
    assert.equal(tone?.displayName, 'A tone');
    assert.deepEqual(tone?.config, { frequency_hz: 880 });
    assert.equal(tone?.placement?.lane, 'dedicated');
    assert.equal(tone?.paused, true);
    assert.deepEqual(tone?.labels, { room: 'kitchen' });
    const [link] = graph.links;
    assert.deepEqual(
      [
        link?.linkId,
        link?.fromProcessor,
        link?.fromPort,
        link?.toProcessor,
        link?.toPort,
        link?.capacityFrames,
      ],
      ['l', 'tone', 'audio', 'meter', 'audio', 8],
    );
    assert.deepEqual(link?.labels, { side: 'left' });
  });
});
