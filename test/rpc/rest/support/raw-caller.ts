import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import type { HttpVersion } from './rest-server.ts';

/** A call that can be left before its answer is complete. */
export interface LeavingCaller extends AsyncDisposable {
  /** Breaks the call off: closes the connection, or resets the stream. */
  leave(): void;
}

/** Sends a GET and does not wait for the answer. */
export async function startCall(version: HttpVersion, port: number, path: string): Promise<LeavingCaller> {
  return await start(version, port, { method: 'GET', path });
}

/** Sends the headers of a POST and the first bytes of a body that never ends. */
export async function startUpload(
  version: HttpVersion,
  port: number,
  path: string,
  body: string,
): Promise<LeavingCaller> {
  return await start(version, port, { method: 'POST', path, body });
}

interface StartedCall {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
}

async function start(
  version: HttpVersion,
  port: number,
  { method, path, body }: StartedCall,
): Promise<LeavingCaller> {
  const headers = body === undefined ? {} : { 'content-type': 'application/json' };
  if (version === '1.1') {
    const request = http.request({ host: '127.0.0.1', port, method, path, headers });
    request.on('error', () => {});
    // Without a listener Node would read the answer and throw it away.
    request.on('response', () => {});
    if (body === undefined) request.end();
    else await new Promise((resolve) => request.write(body, resolve));
    const leave = () => void request.destroy();
    return { leave, [Symbol.asyncDispose]: async () => leave() };
  }
  const session = http2.connect(`http://127.0.0.1:${port}`);
  const stream = session.request(
    { ':method': method, ':path': path, ...headers },
    { endStream: body === undefined },
  );
  stream.on('error', () => {});
  if (body === undefined) await once(stream, 'ready');
  else await new Promise((resolve) => stream.write(body, resolve));
  return {
    // close() would end the body properly before it resets the stream.
    leave: () => stream.destroy(),
    async [Symbol.asyncDispose]() {
      session.destroy();
    },
  };
}
