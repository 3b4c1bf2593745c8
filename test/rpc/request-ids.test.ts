import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:http2';
import { createClient, type Interceptor } from '@connectrpc/connect';
import { createGrpcTransport, createGrpcWebTransport, Http2SessionManager } from '@connectrpc/connect-node';
import WebSocket from 'ws';
import { RuntimeService } from '../../gen/ts/streamlib/v1/runtime_pb.ts';
import type { LogRecord } from '../../server/runtime/log.ts';
import { createLog, type Log } from '../../server/runtime/logging.ts';
import { eventually } from '../support/eventually.ts';
import { TestServer } from '../support/server.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const MADE = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;

/** Keeps what every thread logs, from `debug` on. */
function collectingLog(lines: LogRecord[]): Log {
  const record =
    (level: LogRecord['level'], area: string) => (message: string, fields?: LogRecord['fields']) => {
      lines.push({ level, area, processorId: '', message, fields, timeMs: 0 });
    };
  return {
    ...createLog({ '': 'silent' }),
    levels: { '': 'debug' },
    area: (area) => ({
      trace: () => {},
      debug: record('debug', area),
      info: record('info', area),
      warn: record('warn', area),
      error: record('error', area),
    }),
    write: (records) => lines.push(...records),
  };
}

describe('the id of a request', () => {
  let server: TestServer;
  const lines: LogRecord[] = [];

  before(async () => {
    server = await TestServer.start({ runtime: { log: collectingLog(lines) } });
    await server.runtime.start();
  });

  beforeEach(() => {
    lines.length = 0;
  });

  after(async () => {
    await server.close();
  });

  const idOf = async (path: string, init?: RequestInit): Promise<string | null> => {
    const response = await fetch(server.url + path, init);
    await response.body?.cancel();
    return response.headers.get('x-request-id');
  };
  const post = (body: string, headers = {}): RequestInit => ({
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });

  const STATE = '/streamlib.v1.RuntimeService/GetRuntimeState';
  for (const { name, path, init } of [
    { name: 'REST', path: '/api/runtime/state', init: {} },
    { name: 'an error of REST', path: '/api/processors/nobody', init: {} },
    { name: 'a path that does not exist', path: '/nothing', init: {} },
    { name: '/health', path: '/health', init: {} },
    { name: '/api/health', path: '/api/health', init: {} },
    { name: 'Connect', path: STATE, init: post('{}') },
    { name: 'Connect with GET', path: `${STATE}?encoding=json&message=%7B%7D`, init: {} },
    { name: 'a body that Connect cannot read', path: STATE, init: post('{') },
    { name: 'NDJSON', path: '/api/events', init: {} },
    { name: 'server-sent events', path: '/api/events', init: { headers: { accept: 'text/event-stream' } } },
  ] satisfies { name: string; path: string; init: RequestInit }[]) {
    it(`is answered by ${name}, the caller's or a new one`, async () => {
      const headers = { ...init.headers, 'x-request-id': 'mine/7' };
      assert.equal(await idOf(path, { ...init, headers }), 'mine/7');
      assert.match(String(await idOf(path, init)), MADE);
    });
  }

  for (const bad of ['two words', 'x'.repeat(129), 'naïve']) {
    it(`is a new one where the caller's is ${bad.slice(0, 12)}`, async () => {
      const headers = { 'x-request-id': bad };
      assert.match(String(await idOf('/api/runtime/state', { headers })), MADE);
    });
  }

  it('is answered over HTTP/2, gRPC and gRPC-Web', async () => {
    const session = connect(server.url);
    const stream = session.request({ ':path': '/api/runtime/state', 'x-request-id': 'h2' });
    const [headers] = await once(stream, 'response');
    assert.equal(headers['x-request-id'], 'h2');
    session.destroy();

    const manager = new Http2SessionManager(server.url);
    const seen: (string | null)[] = [];
    const interceptors: Interceptor[] = [
      (next) => async (call) => {
        call.header.set('x-request-id', 'mine');
        const response = await next(call);
        seen.push(response.header.get('x-request-id'));
        return response;
      },
    ];
    for (const transport of [
      createGrpcTransport({ baseUrl: server.url, sessionManager: manager, interceptors }),
      createGrpcWebTransport({ baseUrl: server.url, httpVersion: '1.1', interceptors }),
    ])
      await createClient(RuntimeService, transport).getRuntimeState({});
    assert.deepEqual(seen, ['mine', 'mine']);
    manager.abort();
  });

  it('is answered by WebSockets, those that are refused included', async () => {
    const open = (path: string) =>
      new Promise<string | string[] | undefined>((resolve) => {
        const headers = { 'x-request-id': 'ws' };
        const socket = new WebSocket(server.url.replace('http', 'ws') + path, { headers });
        const settle = (id: string | string[] | undefined): void => {
          socket.on('error', () => {});
          socket.terminate();
          resolve(id);
        };
        socket.once('upgrade', (response) => settle(response.headers['x-request-id']));
        socket.once('unexpected-response', (_request, response) => settle(response.headers['x-request-id']));
      });
    assert.deepEqual([await open('/api/events'), await open('/nothing')], ['ws', 'ws']);
  });

  it('and the trace lead from the call through the queue into the commit, its events and the log', async () => {
    const traces: [string, string][] = [];
    using _listener = server.runtime.events.subscribe('*', ({ traceId, type }) =>
      traces.push([type, traceId]),
    );
    const headers = { traceparent: `00-${TRACE}-${SPAN}-01`, 'x-request-id': 'mine' };
    await idOf('/api/processors', post('{"processor_type":"NullSink","wait":"effective"}', headers));
    for (const type of ['GraphDidChange', 'ProcessorAdded', 'GraphCommitted'])
      await eventually(() => traces.some(([one]) => one === type), `${type} is published`);
    for (const [type, trace] of traces.filter(([one]) => /^(Graph|ProcessorAdded)/.test(one)))
      assert.equal(trace, TRACE, type);

    await eventually(() => lines.some(({ fields }) => fields?.door === 'rest'), 'the call is logged');
    const call = lines.find(({ message }) => message === 'call');
    assert.deepEqual(
      { ...call?.fields, took_ms: typeof call?.fields?.took_ms },
      {
        method: 'streamlib.v1.ProcessorService/CreateProcessor',
        door: 'rest',
        peer: '127.0.0.1',
        request_id: 'mine',
        trace_id: TRACE,
        code: 'ok',
        took_ms: 'number',
      },
    );
    assert.equal(call?.level, 'debug');
    const commit = lines.find(({ message }) => /^revision \d+ is effective$/.test(message))?.fields;
    assert.deepEqual([commit?.request_id, commit?.trace_id, commit?.parent_span_id], ['mine', TRACE, SPAN]);
    assert.match(String(commit?.span_id), /^[0-9a-f]{16}$/);
    assert.notEqual(commit?.span_id, SPAN);
  });

  it('a trace that breaks the rules counts as none, and the commit begins one', async () => {
    const traces: string[] = [];
    using _listener = server.runtime.events.subscribe('runtime:global', ({ traceId }) =>
      traces.push(traceId),
    );
    const headers = { traceparent: `00-${TRACE}-${'0'.repeat(16)}-01` };
    await idOf('/api/processors', post('{"processor_type":"NullSink","wait":"effective"}', headers));
    await eventually(() => traces.length >= 2, 'the commit is told');
    assert.match(String(traces[0]), /^[0-9a-f]{32}$/);
    assert.notEqual(traces[0], TRACE);
    assert.equal(traces[1], traces[0]);
  });

  it('stands beside what a refused call is logged as', async () => {
    await idOf('/api/processors/nobody', { headers: { 'x-request-id': 'lost' } });
    const findLine = () => lines.find(({ fields }) => fields?.request_id === 'lost');
    await eventually(() => findLine() !== undefined, 'the call is logged');
    assert.equal(findLine()?.fields?.code, 'not_found');
  });
});
