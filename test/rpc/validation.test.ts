import assert from 'node:assert/strict';
import { create, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf';
import { RunBacktestRequestSchema } from '../../gen/ts/streamlib/v1/backtest_pb.ts';
import { type GapPolicy, SubscribeRequestSchema } from '../../gen/ts/streamlib/v1/event_pb.ts';
import { CreateLinkRequestSchema } from '../../gen/ts/streamlib/v1/link_pb.ts';
import { CreateProcessorRequestSchema } from '../../gen/ts/streamlib/v1/processor_pb.ts';
import { createValidation } from '../../server/rpc/validation.ts';
import { StreamlibError } from '../../server/runtime/errors.ts';

async function validate<Desc extends DescMessage>(input: Desc, init: MessageInitShape<Desc>): Promise<void> {
  const chain = createValidation()(async (request) => request as never);
  const request = { stream: false, method: { input }, message: create(input, init) };
  await chain(request as never);
}

describe('validation', () => {
  it('passes what keeps the rules', async () => {
    await validate(CreateLinkRequestSchema, { fromProcessor: 'a', capacityFrames: 65_536 });
    await validate(SubscribeRequestSchema, {});
  });

  for (const { name, run, path, message } of [
    {
      name: 'a number out of range',
      run: () => validate(CreateLinkRequestSchema, { capacityFrames: 65_537 }),
      path: 'capacity_frames',
      message: /^capacity_frames must be .*65536.*, was 65537$/,
    },
    {
      name: 'a nested field',
      run: () => validate(CreateProcessorRequestSchema, { placement: { lane: 'no good' } }),
      path: 'placement.lane',
      message: /^placement\.lane .*, was "no good"$/,
    },
    {
      name: 'an enum value that does not exist',
      run: () => validate(SubscribeRequestSchema, { onGap: 99 as GapPolicy }),
      path: 'on_gap',
      message: /^on_gap .*, was 99$/,
    },
    {
      name: 'a long text, which is cut',
      run: () => validate(CreateProcessorRequestSchema, { requestId: 'x'.repeat(500) }),
      path: 'request_id',
      message: /^request_id .*, was "x{79}…$/,
    },
    {
      name: 'a duration',
      run: () => validate(SubscribeRequestSchema, { heartbeat: { nanos: 1 } }),
      path: 'heartbeat',
      message: /^heartbeat .*, was \{.*"nanos":1.*\}$/,
    },
    {
      name: 'a field that is missing',
      run: () => validate(RunBacktestRequestSchema, {}),
      path: 'spec',
      message: /^spec .*, was absent$/,
    },
  ]) {
    it(`names the field and the value of ${name}`, async () => {
      const error = await run().catch((reason: unknown) => reason);
      assert.ok(error instanceof StreamlibError);
      assert.equal(error.code, 'FIELD_INVALID');
      assert.equal(error.faults[0]?.path, path);
      assert.match(error.faults[0]?.message ?? '', message);
    });
  }
});
