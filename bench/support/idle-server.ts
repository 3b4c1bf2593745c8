import { createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { ConnectRouter } from '@connectrpc/connect';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { EventService } from '../../gen/ts/streamlib/v1/event_pb.ts';
import { createBenchRuntime } from './bench-runtime.ts';
import { cpuUsedUs } from './cpu-used.ts';
import { startServer } from './start-server.ts';

/*
 * A program of its own, so that its memory and its work are those of nothing else: serves streams on which nothing
 * happens, and says what it uses.
 */

/** Who serves: this server, or connect-node alone. */
export type IdleServerKind = 'ApiServer' | 'connect-node';

/** From the parent: serve; say what is used. */
export type IdleServerRequest =
  | { readonly do: 'start'; readonly kind: IdleServerKind }
  | { readonly do: 'report' };

/** To the parent. */
export interface IdleServerReport {
  readonly residentBytes: number;
  /** Of all threads, so far. */
  readonly cpuUs: number;
}

export type IdleServerAnswer = { readonly port: number } | IdleServerReport | { readonly error: string };

/** Answers the first message of a stream and nothing more. */
async function startConnectNode(): Promise<number> {
  const routes = (router: ConnectRouter) =>
    router.rpc(EventService.method.subscribe, async function* (_, { signal }) {
      yield { message: { case: 'started' as const, value: {} } };
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    });
  const server = createServer(connectNodeAdapter({ routes }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function startApiServer(): Promise<number> {
  const { runtime } = await createBenchRuntime();
  return Number(new URL(await startServer(runtime)).port);
}

async function answer(request: IdleServerRequest): Promise<IdleServerAnswer> {
  if (request.do === 'report') return { residentBytes: process.memoryUsage.rss(), cpuUs: cpuUsedUs() };
  return { port: await (request.kind === 'ApiServer' ? startApiServer() : startConnectNode()) };
}

process.on('message', (request: IdleServerRequest) => {
  answer(request).then(
    (answered) => process.send?.(answered),
    (error) => process.send?.({ error: String(error) }),
  );
});
process.on('disconnect', () => process.exit());
