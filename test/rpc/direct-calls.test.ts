import assert from 'node:assert/strict';
import { create } from '@bufbuild/protobuf';
import {
  Code,
  ConnectError,
  createConnectRouter,
  type Interceptor,
  type ServiceImpl,
} from '@connectrpc/connect';
import { EventService } from '../../gen/ts/streamlib/v1/event_pb.ts';
import { GetRuntimeStateRequestSchema, RuntimeService } from '../../gen/ts/streamlib/v1/runtime_pb.ts';
import { createDirectCalls } from '../../server/rpc/direct-calls.ts';
import type { HandlerCall } from '../../server/rpc/rest/index.ts';

const PATH = '/streamlib.v1.RuntimeService/GetRuntimeState';

type GetState = ServiceImpl<typeof RuntimeService>['getRuntimeState'];

/** Calls a handler behind these interceptors. */
function callDirectly(
  getRuntimeState: GetState,
  { interceptors = [], ...call }: Partial<HandlerCall> & { interceptors?: Interceptor[] } = {},
) {
  const direct = createDirectCalls(interceptors);
  const router = createConnectRouter();
  direct.recording(router).service(RuntimeService, { getRuntimeState }, { maxTimeoutMs: 60_000 });
  const handler = router.handlers.find(({ requestPath }) => requestPath === PATH);
  assert.ok(handler !== undefined, 'the router has it as well');
  const unaryCall = direct.unary.get(PATH);
  assert.ok(unaryCall !== undefined);
  return unaryCall({
    handler,
    message: create(GetRuntimeStateRequestSchema),
    headers: {},
    timeoutMs: undefined,
    signal: new AbortController().signal,
    contextValues: undefined,
    ...call,
  });
}

describe('a direct call', () => {
  it('gives what the handler answers, as a message', async () => {
    const { body, headers } = await callDirectly(() => ({ version: '7' }));
    assert.deepEqual(
      [body.$typeName, 'version' in body && body.version],
      ['streamlib.v1.GetRuntimeStateResponse', '7'],
    );
    assert.equal(headers, undefined);
  });

  it('hands the headers of the caller in, without those of a protocol, and those of the handler out', async () => {
    const { headers } = await callDirectly(
      (_request, { requestHeader, responseHeader, responseTrailer }) => {
        responseHeader.set('x-seen', [...requestHeader.keys()].join());
        responseTrailer.set('x-cost', '3');
        return {};
      },
      { headers: { 'x-mine': 'a', 'connect-timeout-ms': '5', connection: 'close', 'content-length': '0' } },
    );
    assert.deepEqual(Object.fromEntries(headers ?? []), { 'x-seen': 'x-mine', 'trailer-x-cost': '3' });
  });

  it('passes interceptors, the first one outermost, which may replace what they pass on', async () => {
    const order: string[] = [];
    const named =
      (name: string): Interceptor =>
      (next) =>
      async (request) => {
        order.push(name);
        const header = new Headers(request.header);
        header.append('x-passed', name);
        const response = await next({ ...request, header } as typeof request);
        const answered = new Headers(response.header);
        answered.append('x-passed', name);
        return { ...response, header: answered } as typeof response;
      };
    const { headers } = await callDirectly(
      (_request, { requestHeader, responseHeader }) => {
        responseHeader.set('x-passed', `(${requestHeader.get('x-passed')})`);
        return {};
      },
      { interceptors: [named('a'), named('b')] },
    );
    assert.deepEqual(order, ['a', 'b']);
    assert.equal(headers?.get('x-passed'), '(a, b), b, a');
  });

  it('carries the headers of a failed answer as metadata of the error', async () => {
    const call = callDirectly((_request, { responseHeader }) => {
      responseHeader.set('retry-after', '3');
      throw new ConnectError('not now', Code.Unavailable);
    });
    const error = ConnectError.from(await call.catch((reason: unknown) => reason));
    assert.deepEqual([error.code, error.metadata.get('retry-after')], [Code.Unavailable, '3']);
  });

  it('aborts its signal when the deadline passes, and says how long is left', async () => {
    let leftMs: number | undefined;
    const call = callDirectly(
      (_request, { signal, timeoutMs }) => {
        leftMs = timeoutMs();
        return new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        });
      },
      { timeoutMs: 20 },
    );
    await assert.rejects(call, { code: Code.DeadlineExceeded });
    assert.ok(leftMs !== undefined && leftMs > 0 && leftMs <= 20, `${leftMs} ms were left`);
  });

  it('refuses a deadline that is too far ahead', async () => {
    await assert.rejects(
      callDirectly(() => ({}), { timeoutMs: 60_001 }),
      {
        code: Code.InvalidArgument,
        rawMessage: 'the timeout must be at most 60000 ms, was 60001',
      },
    );
  });

  it('ends when its caller leaves', async () => {
    const aborter = new AbortController();
    const call = callDirectly(
      (_request, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
          aborter.abort(new ConnectError('gone', Code.Canceled));
        }),
      { signal: aborter.signal },
    );
    await assert.rejects(call, { code: Code.Canceled });
  });

  it('has no streams', () => {
    const direct = createDirectCalls([]);
    const router = direct.recording(createConnectRouter());
    for (const service of [RuntimeService, EventService]) {
      router.service(service, {});
      for (const { name, methodKind } of service.methods)
        assert.equal(direct.unary.has(`/${service.typeName}/${name}`), methodKind === 'unary', name);
    }
  });
});
