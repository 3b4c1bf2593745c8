import assert from 'node:assert/strict';
import { on } from 'node:events';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { WebSocket } from 'ws';
import { PipelineService } from '../../gen/ts/streamlib/v1/pipeline_pb.ts';
import { DOORS } from '../support/doors.ts';
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
    const watched = (async () => {
      for await (const line of watch(query)) {
        lines.push(line);
        await onLine(line);
      }
    })();
    await triggerUntil(watched);
    await watched;
    return lines;
  }

  /** Triggers again and again until a promise has settled. */
  async function triggerUntil(settled: Promise<unknown>): Promise<void> {
    let isOver = false;
    const end = () => {
      isOver = true;
    };
    settled.then(end, end);
    while (!isOver) await trigger();
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

  for (const [name, open] of Object.entries(DOORS))
    it(`shows it through ${name}`, async () => {
      using door = open(server.url);
      const request = { pipelineId: 'line', nodeId: 'sink', count: '1' };
      const answer = door.call(PipelineService, 'WatchPipeline', request);
      const triggering = triggerUntil(answer);
      const { output } = (await answer) as { output?: { output?: { nodeId?: string; frame?: object } } };
      await triggering;
      assert.equal(output?.output?.nodeId, 'sink');
      assert.match(JSON.stringify(output.output.frame), /"payload":\{"value":\{"values":\[2\]\}\}/);
    });

  const streams = [
    {
      name: 'server-sent events',
      async *open(url: string): AsyncGenerator<Line> {
        const { body } = await fetch(url, { headers: { accept: 'text/event-stream' } });
        for await (const line of createInterface({ input: Readable.fromWeb(body as ReadableStream) }))
          if (line.startsWith('data: ')) yield JSON.parse(line.slice('data: '.length)) as Line;
      },
    },
    {
      name: 'WebSocket',
      async *open(url: string): AsyncGenerator<Line> {
        const socket = new WebSocket(url.replace('http', 'ws'));
        for await (const [message] of on(socket, 'message', { close: ['close'] }))
          yield (JSON.parse(String(message)) as { result: Line }).result;
      },
    },
  ];
  for (const { name, open } of streams)
    it(`shows it through ${name}, up to the end`, async () => {
      const read = async (): Promise<Line[]> => {
        const lines: Line[] = [];
        for await (const line of open(`${server.url}/api/pipelines/line/output?count=3&node_id=ema`))
          lines.push(line);
        return lines;
      };
      const watched = read();
      const triggering = triggerUntil(watched);
      const lines = await watched;
      await triggering;
      const nodes = lines.map(({ output }) => output?.output.node_id);
      assert.deepEqual(nodes, ['ema', 'ema', 'ema', undefined]);
      assert.deepEqual(lines.at(-1), { ending: { reason: 'count' } });
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
