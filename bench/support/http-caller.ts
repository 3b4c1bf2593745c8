import { Agent, get } from 'node:http';

/*
 * A program of its own, so that its work is none of the server's: calls a URL, one call after the other over one
 * connection, whenever its parent asks, and says how long each call took.
 */

/** From the parent: so many calls of the URL, whose answers must contain a text. */
export interface HttpCalls {
  readonly url: string;
  readonly calls: number;
  readonly expected: string;
}

/** To the parent. */
export type HttpCallsTook = { readonly tookMs: readonly number[] } | { readonly error: string };

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

async function call(url: string, expected: string): Promise<number> {
  const startedMs = performance.now();
  const { status, body } = await new Promise<{ status: number | undefined; body: string }>(
    (resolve, reject) => {
      get(url, { agent }, (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (text) => {
          body += text;
        });
        response.on('end', () => resolve({ status: response.statusCode, body }));
      }).on('error', reject);
    },
  );
  const tookMs = performance.now() - startedMs;
  if (status !== 200 || !body.includes(expected)) throw new Error(`${url} answered ${status}: ${body}`);
  return tookMs;
}

async function callAll({ url, calls, expected }: HttpCalls): Promise<HttpCallsTook> {
  const tookMs: number[] = [];
  for (let i = 0; i < calls; i++) tookMs.push(await call(url, expected));
  return { tookMs };
}

process.on('message', (message: HttpCalls) => {
  callAll(message).then(
    (answer) => process.send?.(answer),
    (error) => process.send?.({ error: String(error) } satisfies HttpCallsTook),
  );
});
process.on('disconnect', () => agent.destroy());
