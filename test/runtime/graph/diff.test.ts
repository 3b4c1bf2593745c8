import assert from 'node:assert/strict';
import { diff, type GraphEdit } from '../../../server/runtime/graph/index.ts';
import { parseLinkId, parseOwner, parseProcessorId } from '../../../server/runtime/ids.ts';
import { add, connect, contentOf, disconnect, edit, graphOf, remove } from './support/edits.ts';

const from = graphOf(
  add('source', 'DataSource'),
  add('filter', 'DataFilter', { config: { gain: 2 } }),
  add('sink', 'AnySink'),
  connect('l1', 'source.data', 'filter.data_in', { delivery: 'latest' }),
  connect('l2', 'filter.data_out', 'sink.input'),
);
const filter = parseProcessorId('filter');

describe('diff', () => {
  for (const { name, edits, want } of [
    { name: 'nothing', edits: [], want: [] },
    {
      name: 'a config, whole',
      edits: [{ kind: 'update_processor', processorId: filter, config: { gain: null, mode: 'exact' } }],
      want: [
        { kind: 'update_processor', processorId: 'filter', config: { mode: 'exact' }, replaceConfig: true },
      ],
    },
    {
      name: 'a pause',
      edits: [{ kind: 'pause_processor', processorId: filter }],
      want: [{ kind: 'pause_processor', processorId: 'filter' }],
    },
    {
      name: 'a link back at its defaults',
      edits: [{ kind: 'update_link', linkId: parseLinkId('l1'), delivery: 'default' }],
      want: [
        { kind: 'update_link', linkId: 'l1', delivery: 'default', capacityFrames: 'default', labels: {} },
      ],
    },
    {
      name: 'a removal, links first',
      edits: [remove('sink')],
      want: [
        { kind: 'disconnect', linkId: 'l2' },
        { kind: 'remove_processor', processorId: 'sink' },
      ],
    },
    {
      name: 'a link between other ports under the same id',
      edits: [disconnect('l2'), connect('l2', 'source.data', 'sink.input')],
      want: [{ kind: 'disconnect', linkId: 'l2' }, connect('l2', 'source.data', 'sink.input')],
    },
  ] as { name: string; edits: GraphEdit[]; want: GraphEdit[] }[]) {
    it(`tells of ${name}`, () => assert.deepEqual(diff(from, edit(from, edits).graph), want));
  }

  it('leads from one type to another on both ends of a link at once', () => {
    const other = (id: string, processorType: string): GraphEdit => ({
      kind: 'replace_processor',
      processorId: parseProcessorId(id),
      processorType,
      config: {},
    });
    const audio = edit(from, [
      other('source', 'StereoSource'),
      other('filter', 'AudioGain'),
      connect('l1', 'source.audio', 'filter.audio_in'),
      connect('l2', 'filter.audio_out', 'sink.input'),
    ]).graph;
    const there = edit(from, diff(from, audio)).graph;
    assert.deepEqual(contentOf(there).links, contentOf(audio).links);
    const back = edit(there, diff(there, from)).graph;
    assert.deepEqual(
      [contentOf(back).processors, contentOf(back).links],
      [contentOf(from).processors, contentOf(from).links],
    );
  });

  it('leaves the parts of other owners alone', () => {
    const owner = parseOwner('runners/r');
    const crossed = edit(
      from,
      [add('r.tap', 'AnySink', { owner }), connect('r.l', 'filter.data_out', 'r.tap.input', { owner })],
      owner,
    );
    assert.deepEqual(diff(from, crossed.graph), []);
    assert.deepEqual(
      diff(crossed.graph, from, owner).map(({ kind }) => kind),
      ['disconnect', 'remove_processor'],
    );
  });
});
