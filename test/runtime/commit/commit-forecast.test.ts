import assert from 'node:assert/strict';
import { forecastCommit } from '../../../server/runtime/commit/commit-forecast.ts';
import type { GraphEdit } from '../../../server/runtime/graph/index.ts';
import { parseLinkId, parseProcessorId } from '../../../server/runtime/ids.ts';
import { add, connect, disconnect, edit, graphOf, remove } from '../graph/support/edits.ts';
import { graphTypes } from '../graph/support/graph-types.ts';

const B = parseProcessorId('b');
const IN = parseLinkId('in');

/** source ─in─▶ b ─out─▶ c */
const BEFORE = graphOf(
  add('a', 'DataSource'),
  add('b', 'DataFilter'),
  add('c', 'AnySink'),
  connect('in', 'a.data', 'b.data_in'),
  connect('out', 'b.data_out', 'c.input'),
);

const restart = (reason: string, comesApart: boolean, linkIds = ['in', 'out']) => ({
  processorId: 'b',
  reason,
  linkIds,
  comesApart,
});
const NOTHING = { restarts: [], ending: [], reshaped: [] };

const CASES: Record<string, { edits: GraphEdit[]; want: object }> = {
  'another type': {
    edits: [{ kind: 'replace_processor', processorId: B, processorType: 'DataMerge' }],
    want: { ...NOTHING, restarts: [restart('type', false)] },
  },
  'another lane': {
    edits: [
      { kind: 'update_processor', processorId: B, placement: { lane: 'other', priority: 'normal' } },
      connect('more', 'b.data_out', 'c.input'),
    ],
    want: { ...NOTHING, restarts: [restart('placement', true, ['in', 'more', 'out'])] },
  },
  'another priority': {
    edits: [{ kind: 'update_processor', processorId: B, placement: { lane: 'auto', priority: 'high' } }],
    want: { ...NOTHING, restarts: [restart('placement', true)] },
  },
  'another config': {
    edits: [{ kind: 'update_processor', processorId: B, config: { gain: 2 } }],
    want: { ...NOTHING, restarts: [restart('config, unless taken live', false)] },
  },
  'another name and labels': {
    edits: [{ kind: 'update_processor', processorId: B, displayName: 'B', labels: { k: 'v' } }],
    want: NOTHING,
  },
  'a pause': { edits: [{ kind: 'pause_processor', processorId: B }], want: NOTHING },
  'a new processor': {
    edits: [add('d', 'AnySink'), connect('new', 'b.data_out', 'd.input')],
    want: NOTHING,
  },
  'a processor that goes': { edits: [remove('b')], want: { ...NOTHING, ending: ['in', 'out'] } },
  'a link that goes': { edits: [disconnect('in')], want: { ...NOTHING, ending: ['in'] } },
  'a link that stands between others': {
    edits: [add('d', 'DataMerge'), disconnect('in'), connect('in', 'a.data', 'd.data_in')],
    want: { ...NOTHING, ending: ['in'] },
  },
  'another delivery': {
    edits: [{ kind: 'update_link', linkId: IN, delivery: 'latest' }],
    want: { ...NOTHING, reshaped: ['in'] },
  },
  'another capacity': {
    edits: [{ kind: 'update_link', linkId: IN, capacityFrames: 8 }],
    want: { ...NOTHING, reshaped: ['in'] },
  },
  'labels of a link': { edits: [{ kind: 'update_link', linkId: IN, labels: { k: 'v' } }], want: NOTHING },
};

describe('the forecast of a commit', () => {
  for (const [name, { edits, want }] of Object.entries(CASES)) {
    it(`knows what ${name} touches`, () => {
      const { graph, changes } = edit(BEFORE, edits);
      const { restarts, ending, reshaped } = forecastCommit(BEFORE, graph, changes, graphTypes);
      const sorted = restarts.map((one) => ({ ...one, linkIds: one.linkIds.toSorted() }));
      assert.deepEqual({ restarts: sorted, ending: ending.toSorted(), reshaped }, want);
    });
  }
});
