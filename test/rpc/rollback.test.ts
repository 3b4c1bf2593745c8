import assert from 'node:assert/strict';
import { ProcessorService } from '../../gen/ts/streamlib/v1/processor_pb.ts';
import { CallError, type Door } from '../support/door.ts';
import { DOORS } from '../support/doors.ts';
import { FALLIBLE_REGISTRY } from '../support/fallible-processors.ts';
import { TestServer } from '../support/server.ts';

const ROLLBACK = { wait: 'WAIT_EFFECTIVE', onFailure: 'ON_FAILURE_ROLLBACK' } as const;

for (const name of ['REST over HTTP/1.1', 'gRPC'] as const) {
  describe(`a rollback through ${name}`, () => {
    let server: TestServer;
    let door: Door;

    before(async () => {
      server = await TestServer.start({ registries: [FALLIBLE_REGISTRY] });
      door = DOORS[name]?.(server.url) as Door;
      await server.runtime.start();
    });

    after(async () => {
      door[Symbol.dispose]();
      await server.close();
    });

    it('answers with the cause, and what was there before is there again', async () => {
      const processorId = 'part';
      const create = { processorType: 'Fallible', processorId, ...ROLLBACK };
      await door.call(ProcessorService, 'CreateProcessor', create);
      const update = { processorId, config: { setup: 'throws' }, ...ROLLBACK };
      await assert.rejects(
        door.call(ProcessorService, 'UpdateProcessor', update),
        (error) =>
          error instanceof CallError &&
          error.code === 'failed_precondition' &&
          error.reason === 'COMMIT_FAILED' &&
          error.message.includes('revision 2 was rolled back: processor "part": no such device'),
      );
      const { config } = await server.runtime.getProcessor(processorId);
      assert.deepEqual(config, {});
      assert.equal((await server.runtime.getState()).effectiveRevision, 3n);
    });
  });
}
