import assert from 'node:assert/strict';
import { eventually } from '../../support/eventually.ts';
import { activate, LaneDriver, step } from '../../support/lane-harness.ts';

for (const where of ['here', 'worker'] as const) {
  describe(`the context of a processor (${where === 'here' ? 'on this thread' : 'in a worker'})`, () => {
    let lane: LaneDriver;

    beforeEach(async () => {
      lane = new LaneDriver(where);
      await lane.must(lane.host('caller', 'Caller', { subscribe: 'weather:*' }), ...activate('caller'));
    });

    afterEach(async () => {
      await lane.shutDown();
    });

    it('carries main-thread calls and their answers', async () => {
      const isCall = (kind: string) => kind === 'call_main';
      await eventually(() => lane.messages.some(({ kind }) => isCall(kind)), 'the call is sent');
      const call = lane.messages.find((message) => message.kind === 'call_main');
      assert.deepEqual(call, {
        kind: 'call_main',
        callId: 1,
        processorId: 'caller',
        processorType: 'Caller',
        exportName: 'double',
        args: [21],
      });
      lane.send({ kind: 'main_returned', callId: 1, value: 42 });
      await eventually(() => lane.published('returned').length === 1, 'the answer arrives');
      assert.deepEqual(lane.published('returned')[0]?.event.data, { value: 42 });
    });

    it('carries what a main-thread call threw', async () => {
      const error = { code: 'QUOTA', message: 'too much', path: '', details: {}, faults: [] } as const;
      lane.send({ kind: 'main_threw', callId: 1, error });
      await eventually(() => lane.published('threw').length === 1, 'the error arrives');
      assert.deepEqual(lane.published('threw')[0]?.event.data, { code: 'QUOTA' });
    });

    it('sends commands to the runtime', async () => {
      await eventually(() => lane.messages.some(({ kind }) => kind === 'commands'), 'the command is sent');
      const message = lane.messages.find((each) => each.kind === 'commands');
      assert.equal(message?.envelopes[0]?.command?.command?.case, 'getState');
    });

    it('listens to topics by pattern, acknowledges events, and stops listening at the end', async () => {
      const patterns = () =>
        lane.messages.flatMap((message) => (message.kind === 'listen' ? [message.patterns] : []));
      await eventually(() => patterns().length > 0, 'the lane tells what it listens to');
      assert.deepEqual(patterns(), [['weather:*']]);
      const events = ['weather:rain', 'news:none', 'weather:sun'].map((topic) => ({ topic }));
      lane.send({ kind: 'events', events: events as never, missed: 0 });
      const taken = () =>
        lane.messages.reduce(
          (sum, message) => sum + (message.kind === 'events_taken' ? message.count : 0),
          0,
        );
      await eventually(() => taken() === 3, 'the events are acknowledged');
      const heard = lane.published('heard').map(({ event }) => event.data?.topic);
      assert.deepEqual(heard, ['weather:rain', 'weather:sun']);
      await lane.must(step('unhost', 'caller'));
      await eventually(() => patterns().length === 2, 'the lane tells that it listens to nothing');
      assert.deepEqual(patterns()[1], []);
    });

    it('aborts the signal before teardown', async () => {
      await lane.must(step('drain', 'caller'));
      await eventually(() => lane.published('aborted').length === 1, 'the signal was aborted');
      await lane.reaches('caller', 'stopped');
    });
  });
}

describe('errors that a processor lets escape', () => {
  for (const kind of ['timer', 'promise']) {
    it(`are logged in its name and end nothing: from a ${kind}`, async () => {
      const lane = new LaneDriver('worker');
      await lane.must(lane.host('bad', 'Thrower', { in: kind }), ...activate('bad'));
      const line = `error bad an error was not caught: thrown in a ${kind}`;
      await eventually(() => lane.logged().includes(line), 'it is logged');
      assert.equal(lane.counts('bad').errors, 1);
      await lane.must(lane.host('emit', 'Emit', { count: 3 }), ...activate('emit'));
      await lane.reaches('emit', 'stopped');
      await lane.shutDown();
    });
  }
});
