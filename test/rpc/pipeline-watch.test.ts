import assert from 'node:assert/strict';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { PIPELINE_NODES } from '../support/pipelines.ts';
import { TestServer } from '../support/server.ts';

const PIPELINE_PARTS = new URL('../../server/pipelines/parts/index.ts', import.meta.url).href;

interface Line {
  readonly output?: {
    readonly output: { node_id: string; port: string; frame: { sequence_id: number; payload: object } };
    readonly skipped: number;
    readonly time: string;
  };
  readonly ending?: { readonly reason: string };
}

const LINE = {
  pipeline_id: 'line',
  nodes: [
    { id: 'gain', type: 'Gain', config: { gain: 2 } },
    { id: 'ema', type: 'Ema', config: { alpha: 1 } },
    { id: 'sink', type: 'NullSink' },
  ],
  connections: [
    { from: 'gain', to: 'ema' },
    { from: 'gain', to: 'sink' },
  ],
};

describe('watching a pipeline', () => {
  let server: TestServer;
  let triggers: number;

  beforeEach(async () => {
    server = await TestServer.start({ registries: [PIPELINE_PARTS, PIPELINE_NODES] });
    triggers = 0;
    await post('/api/pipelines', LINE);
    await post('/api/runtime/start', {});
  });
  afterEach(() => server[Symbol.asyncDispose]());

  async function post(path: string, body: object, method = 'POST'): Promise<unknown> {
    const headers = { 'content-type': 'application/json' };
    const content = method === 'DELETE' ? {} : { headers, body: JSON.stringify(body) };
    const response = await fetch(server.url + path, { method, ...content });
    return await response.json();
  }

  const trigger = () => {
    const frame = { sequence_id: triggers++, payload: { value: { values: [1] } } };
    return post('/api/pipelines/line:trigger', { frame });
  };

  async function* watch(query: string): AsyncGenerator<Line> {
    const response = await fetch(`${server.url}/api/pipelines/line/output${query}`);
    const body = Readable.fromWeb(response.body as ReadableStream);
    for await (const line of createInterface({ input: body }))
      yield (JSON.parse(line) as { result: Line }).result;
  }

  /** Triggers until the watch has ended, and answers what it showed. */
  async function watchTriggered(query: string, onLine: (line: Line) => Promise<unknown> = async () => {}) {
    const lines: Line[] = [];
    let isOver = false;
    const watched = (async () => {
      for await (const line of watch(query)) {
        lines.push(line);
        await onLine(line);
      }
      isOver = true;
    })();
    while (!isOver) await trigger();
    await watched;
    return lines;
  }

  it('shows what open outputs give and what sinks read, and how many were skipped', async () => {
    const lines = await watchTriggered('?count=6&max_rate=1000');
    assert.deepEqual(lines.at(-1), { ending: { reason: 'count' } });
    const outputs = lines.slice(0, -1).map(({ output }) => output);
    assert.equal(outputs.length, 6);
    const ends = outputs.map((seen) => `${seen?.output.node_id}.${seen?.output.port}`);
    assert.deepEqual(new Set(ends), new Set(['ema.data_out', 'sink.data']));
    for (const seen of outputs) assert.deepEqual(seen?.output.frame.payload, { value: { values: [2] } });
    for (const end of new Set(ends)) {
      const shown = outputs.filter((_, i) => ends[i] === end);
      const places = shown.map((seen) => seen?.output.frame.sequence_id ?? NaN);
      const skipped = shown.slice(1).map((seen) => seen?.skipped);
      assert.deepEqual(
        skipped,
        places.slice(1).map((place, i) => place - (places[i] ?? NaN) - 1),
      );
    }
  });

  it('shows one node where one is named', async () => {
    const lines = await watchTriggered('?count=2&node_id=sink');
    assert.deepEqual(
      lines.map(({ output }) => output?.output.node_id),
      ['sink', 'sink', undefined],
    );
  });

  const endings = [
    { reason: 'removed', path: '/api/pipelines/line', method: 'DELETE' },
    { reason: 'stopped', path: '/api/runtime/stop', method: 'POST' },
  ];
  for (const { reason, path, method } of endings)
    it(`ends when the pipeline is ${reason}`, async () => {
      let isTold = false;
      const lines = await watchTriggered('', async () => {
        if (isTold) return;
        isTold = true;
        await post(path, {}, method);
      });
      assert.deepEqual(lines.at(-1), { ending: { reason } });
    });

  const refusals = [
    { path: '/api/pipelines/nobody/output', code: 'not_found' },
    { path: '/api/pipelines/line/output?node_id=gain', code: 'invalid_argument' },
    { path: '/api/pipelines/pool/output', code: 'failed_precondition' },
  ];
  for (const { path, code } of refusals)
    it(`is refused with ${code} for ${path}`, async () => {
      await post('/api/pipelines', { ...LINE, pipeline_id: 'pool', pipeline_config: { mode: 'pooled' } });
      const response = await fetch(server.url + path);
      assert.equal(((await response.json()) as { code: string }).code, code);
    });
});
