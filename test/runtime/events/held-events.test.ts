import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Event } from '../../../gen/ts/streamlib/v1/event_pb.ts';
import { EventLog, type HeldEvents } from '../../../server/runtime/events/event-log.ts';

const NAMES = ['emit', 'hold one', 'hold three', 'release', 'fail', 'flush'] as const;

const draft = (name: string) => ({
  payload: { case: 'custom' as const, value: { name } },
  context: { topic: 'test' },
});

const nameOf = ({ payload }: Event): string => (payload.case === 'custom' ? payload.value.name : '');

describe('events that wait for the journal', () => {
  it('are published in the order in which they came, without holes, and none before its time', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...NAMES), { maxLength: 60 }), (steps) => {
        const log = new EventLog(() => 0);
        const published: Event[] = [];
        log.add({ deliver: (events) => published.push(...events) });
        // What is to be seen in the end, and whether it waits.
        let expected: { name: string; held: HeldEvents | undefined }[] = [];
        let holds: HeldEvents[] = [];
        const drop = (held: HeldEvents): void => {
          held.drop();
          expected = expected.filter((each) => each.held !== held);
        };
        for (const [index, step] of steps.entries()) {
          if (step === 'emit') {
            log.emit(draft(`${index}`).payload, { topic: 'test' });
            expected.push({ name: `${index}`, held: undefined });
          } else if (step === 'hold one' || step === 'hold three') {
            const names = Array.from({ length: step === 'hold one' ? 1 : 3 }, (_, i) => `${index}.${i}`);
            const held = log.hold(names.map(draft));
            holds.push(held);
            expected.push(...names.map((name) => ({ name, held })));
          } else if (step === 'release') holds.shift()?.release();
          else if (step === 'fail') {
            // What is behind a record that failed fails with it.
            for (const held of holds) drop(held);
            holds = [];
          } else log.flush();

          const firstHeld = expected.findIndex(({ held }) => held !== undefined && holds.includes(held));
          const ready = firstHeld < 0 ? expected.length : firstHeld;
          assert.ok(published.length <= ready);
          assert.equal(log.lastSequence, ready);
        }
        for (const held of holds) held.release();
        log.flush();
        assert.deepEqual(
          published.map(nameOf),
          expected.map(({ name }) => name),
        );
        assert.deepEqual(
          published.map(({ sequence, cursor }) => [Number(sequence), cursor]),
          expected.map((_, i) => [i + 1, `${log.streamId}:${i + 1}`]),
        );
      }),
    );
  });
});
