import assert from 'node:assert/strict';
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { SubscribeRequestSchema } from '../../../gen/ts/streamlib/v1/event_pb.ts';
import { createEventFilter } from '../../../server/rpc/events/event-filter.ts';
import { customEvent } from './custom-event.ts';

type Request = MessageInitShape<typeof SubscribeRequestSchema>;

const filterOf = (request: Request) => createEventFilter(create(SubscribeRequestSchema, request));

const EVENTS = {
  state: customEvent(1, '', 'runtime:global', { case: 'runtimeStateChanged', value: {} }),
  added: customEvent(2, '', 'processor:a', { case: 'processorAdded', value: { processorId: 'a' } }),
  other: customEvent(3, '', 'processor:ab', { case: 'processorAdded', value: { processorId: 'ab' } }),
  link: customEvent(4, '', 'link:x', {
    case: 'linkAdded',
    value: { linkId: 'x', fromProcessor: 'a', toProcessor: 'b' },
  }),
  lost: customEvent(5, '', 'runtime:global', { case: 'laneLost', value: { processorIds: ['c', 'a'] } }),
  tick: customEvent(6, '', 'runner:r', { case: 'tickReceived', value: { runnerId: 'r', symbol: 'BTC/USD' } }),
  custom: customEvent(7, '', 'a.topic'),
};
type Name = keyof typeof EVENTS;
const ALL = Object.keys(EVENTS) as Name[];

const TABLE: readonly { name: string; request: Request; want: readonly Name[] }[] = [
  { name: 'nothing asked for', request: {}, want: ALL },
  { name: 'a topic', request: { topics: ['processor:a'] }, want: ['added'] },
  { name: 'the beginning of topics', request: { topics: ['processor:*'] }, want: ['added', 'other'] },
  { name: 'several topics', request: { topics: ['link:x', 'a.*'] }, want: ['link', 'custom'] },
  { name: 'every topic', request: { topics: ['*'] }, want: ALL },
  { name: 'types', request: { types: ['LinkAdded', 'Custom'] }, want: ['link', 'custom'] },
  { name: 'topics and types', request: { topics: ['processor:*'], types: ['LinkAdded'] }, want: [] },
  { name: 'a processor', request: { processorId: 'a' }, want: ['added', 'link', 'lost'] },
  { name: 'a processor and types', request: { processorId: 'a', types: ['LinkAdded'] }, want: ['link'] },
  { name: 'a link', request: { linkId: 'x' }, want: ['link'] },
  { name: 'a runner', request: { runnerId: 'r' }, want: ['tick'] },
  { name: 'a symbol', request: { symbol: 'BTC/USD' }, want: ['tick'] },
  { name: 'another symbol', request: { symbol: 'BTC' }, want: [] },
  { name: 'a pipeline', request: { pipelineId: 'p' }, want: [] },
];

describe('createEventFilter', () => {
  for (const { name, request, want } of TABLE) {
    it(`passes what matches: ${name}`, () => {
      const filter = filterOf(request);
      assert.deepEqual(
        ALL.filter((event) => filter.matches(EVENTS[event])),
        want,
      );
    });
  }

  it('refuses a type that no event has and names it', () => {
    assert.throws(() => filterOf({ types: ['Custom', 'ProcessorAded'] }), {
      code: 'FIELD_INVALID',
      path: 'types[1]',
      message: /"ProcessorAded"/,
    });
  });

  for (const { name, request, want } of [
    { name: 'nothing asked for', request: {}, want: [true, true, true, true] },
    { name: 'a processor', request: { processorId: 'a' }, want: [false, true, false, true] },
    { name: 'a link', request: { linkId: 'y' }, want: [false, false, false, false] },
    { name: 'topics', request: { topics: ['processor:b', 'runtime:*'] }, want: [true, false, true, false] },
    { name: 'a runner', request: { runnerId: 'r' }, want: [false, false, false, false] },
  ] satisfies { name: string; request: Request; want: boolean[] }[]) {
    it(`wants the parts of a snapshot that belong to it: ${name}`, () => {
      const filter = filterOf(request);
      const link = { linkId: 'x', fromProcessor: 'a', toProcessor: 'c' };
      assert.deepEqual(
        [
          filter.wantsRuntime(),
          filter.wantsProcessor('a'),
          filter.wantsProcessor('b'),
          filter.wantsLink(link),
        ],
        want,
      );
    });
  }
});
