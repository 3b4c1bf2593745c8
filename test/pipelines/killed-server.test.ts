import assert from 'node:assert/strict';
import type { JsonObject } from '@bufbuild/protobuf';
import { startCli } from '../support/child.ts';
import { eventually } from '../support/eventually.ts';
import { useTemporaryFolder } from '../support/temporary-folder.ts';

const LINE = {
  pipeline_id: 'line',
  display_name: 'A line',
  labels: { team: 'x' },
  nodes: [
    { id: 'gain', type: 'Gain', config: { gain: 2 }, supervision: { error_policy: 'skip_frame' } },
    { id: 'ema', type: 'Ema', config: { alpha: 1 } },
  ],
  connections: [{ from: 'gain', to: 'ema', capacity_frames: 16 }],
  pipeline_config: { channel_capacity: 32, max_concurrent: 3, execution_timeout: '2s' },
};
const FRAME = { frame: { sequence_id: 4, payload: { value: { values: [1, 3] } } } };

async function post(url: string, path: string, body: object): Promise<JsonObject> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  return (await response.json()) as JsonObject;
}

/** What a pipeline is, without what it is doing. */
async function shown(url: string, pipelineId: string): Promise<JsonObject> {
  const response = await fetch(`${url}/api/pipelines/${pipelineId}`);
  const pipeline = (await response.json()) as JsonObject;
  const { state: _s, stats: _f, create_time: _c, update_time: _u, ...rest } = pipeline;
  return rest;
}

describe('pipelines of a server that is killed', () => {
  const path = useTemporaryFolder();
  const serve = () => startCli(['serve', '--port', '0', '--state', path('state')]);

  it('phase 2: are there again when it comes back, and take frames as before', async function () {
    this.timeout(60_000);
    let before: readonly JsonObject[];
    {
      await using server = serve();
      const url = await server.listening();
      await post(url, '/api/pipelines', LINE);
      const pool = { ...LINE, pipeline_id: 'pool', pipeline_config: { mode: 'pooled' } };
      await post(url, '/api/pipelines', pool);
      before = [await shown(url, 'line'), await shown(url, 'pool')];
      assert.equal(before[0]?.display_name, 'A line');
      server.kill('SIGKILL');
      await server.end();
    }
    await using server = serve();
    const url = await server.listening();
    assert.deepEqual([await shown(url, 'line'), await shown(url, 'pool')], before);
    await post(url, '/api/runtime/start', {});
    for (const id of ['line', 'pool']) {
      const { outputs } = await post(url, `/api/pipelines/${id}:execute`, FRAME);
      const [output] = outputs as { readonly node_id: string; readonly frame: JsonObject }[];
      assert.deepEqual([output?.node_id, output?.frame.payload], ['ema', { value: { values: [2, 6] } }]);
    }
    assert.equal((await post(url, '/api/pipelines/line:trigger', FRAME)).sequence_id, 4);
    await eventually(async () => {
      const response = await fetch(`${url}/api/processors/line.out--ema`);
      const { metrics } = (await response.json()) as { readonly metrics?: JsonObject };
      return metrics?.frames_in === 1;
    }, 'the frame is through');
  });
});
