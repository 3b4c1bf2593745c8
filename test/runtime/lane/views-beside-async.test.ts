import assert from 'node:assert/strict';
import { inputPort, outputPort } from '../../../server/runtime/ids.ts';
import { eventually } from '../../support/eventually.ts';
import { TEST_REGISTRIES, TestRuntime } from '../../support/test-runtime.ts';

describe('a lane with a type that returns promises', () => {
  it('hands a view that such code may still let go of to nobody else', async () => {
    const registries = [...TEST_REGISTRIES, new URL('../../support/view-users.ts', import.meta.url).href];
    await using test = await TestRuntime.create({ registries });
    const { runtime } = test;
    const placement = { lane: 'mixed' };
    for (const type of ['LateUser', 'Filler', 'WholeSink', 'NullSink'])
      await runtime.addProcessor({ type, id: type.toLowerCase(), placement });
    await runtime.connect(outputPort('lateuser', 'data'), inputPort('nullsink', 'data'), { id: 'late' });
    await runtime.connect(outputPort('filler', 'data'), inputPort('wholesink', 'data'), { id: 'whole' });
    await runtime.start();
    const delivered = async (id: string) => Number((await runtime.getLink(id)).counters?.delivered);
    const states = () => Promise.all(['filler', 'wholesink', 'lateuser'].map((id) => test.stateOf(id)));
    await eventually(async () => {
      assert.deepEqual(await states(), ['running', 'running', 'running']);
      return (await delivered('whole')) > 300 && (await delivered('late')) > 100;
    }, 'frames flow');
  });
});
