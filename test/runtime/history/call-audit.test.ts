import assert from 'node:assert/strict';
import { create } from '@bufbuild/protobuf';
import { CommandEnvelopeSchema } from '../../../gen/ts/streamlib/v1/command_pb.ts';
import { CallAudit, REFUSED_AT_ONCE } from '../../../server/runtime/history/call-audit.ts';

const envelope = create(CommandEnvelopeSchema, {
  command: { command: { case: 'removeProcessor', value: { processorId: 'a' } } },
});

describe('the audit of refused calls', () => {
  it('is bounded, and says how many it left out', async () => {
    const omitted: number[] = [];
    let nowMs = 0;
    const journal = {
      appendCall: async (call: { omitted?: bigint }) => void omitted.push(Number(call.omitted)),
    };
    const audit = new CallAudit({ journal, nowMs: () => nowMs });
    for (let i = 0; i < REFUSED_AT_ONCE + 7; i++) audit.noteRefused(envelope, 'PROCESSOR_NOT_FOUND');
    assert.deepEqual(omitted, new Array(REFUSED_AT_ONCE).fill(0));
    nowMs += 2_500;
    for (let i = 0; i < 4; i++) audit.noteRefused(envelope, 'PROCESSOR_NOT_FOUND');
    assert.deepEqual(omitted.slice(REFUSED_AT_ONCE), [7, 0]);
    audit.note(envelope);
    assert.deepEqual(omitted.slice(REFUSED_AT_ONCE), [7, 0, 2]);
  });

  it('counts what the journal cannot take with the next that it can', async () => {
    const omitted: number[] = [];
    let isFull = true;
    const journal = {
      async appendCall(call: { omitted?: bigint }) {
        if (isFull) throw new Error('full');
        omitted.push(Number(call.omitted));
      },
    };
    const audit = new CallAudit({ journal, nowMs: () => 0 });
    audit.noteRefused(envelope, 'PROCESSOR_NOT_FOUND');
    audit.noteRefused(envelope, 'PROCESSOR_NOT_FOUND');
    await Promise.resolve();
    isFull = false;
    audit.noteRefused(envelope, 'PROCESSOR_NOT_FOUND');
    assert.deepEqual(omitted, [2]);
  });
});
