import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { eventually } from '../support/eventually.ts';
import { TestServer } from '../support/server.ts';
import { useTemporaryFolder } from '../support/temporary-folder.ts';

const OF_EACH = 10;

describe('a runtime loop that is busy', () => {
  const inFolder = useTemporaryFolder();

  it('executes none of the commands whose callers did not wait so long, and all others', async () => {
    await using server = await TestServer.start({ runtime: { autoPoll: false } });
    const call = (name: string, options: string) => `
      for i in $(seq ${OF_EACH}); do
        curl --silent --request POST ${server.url}/api/processors --header 'content-type: application/json' \
          --data "{\\"processor_type\\":\\"NullSink\\",\\"processor_id\\":\\"${name}-$i\\"}" ${options} \
          --output ${inFolder(name)}-$i >/dev/null 2>&1 &
        pids="$pids $!"
      done`;
    // The loop stands still while this runs: it is the thread of the test. Two more answers of the server show that it
    // has seen the callers leave.
    const script = `${call('patient', '')}
      pids=
      ${call('late', "--header 'connect-timeout-ms: 700'")}
      ${call('gone', '--max-time 1')}
      wait $pids
      curl --silent ${server.url}/health ${server.url}/health`;
    const { stdout } = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
    assert.equal(stdout, 'okok');

    let polled = 0;
    await eventually(() => {
      polled += server.runtime.pollCommands();
      return polled >= 3 * OF_EACH;
    }, 'all that was sent is polled');
    assert.equal(polled, 3 * OF_EACH);
    const { processors } = await server.runtime.getGraph();
    assert.deepEqual(
      processors.map(({ processorId }) => processorId).sort(),
      Array.from({ length: OF_EACH }, (_, i) => `patient-${i + 1}`).sort(),
    );
    for (let i = 1; i <= OF_EACH; i++) {
      assert.match(readFileSync(`${inFolder('late')}-${i}`, 'utf8'), /"reason":"DEADLINE_EXCEEDED"/);
      await eventually(
        () => readFileSync(`${inFolder('patient')}-${i}`, 'utf8').includes(`"patient-${i}"`),
        'the patient one is answered',
      );
    }
  });
});
