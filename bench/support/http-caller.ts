import { Agent, request } from 'node:http';

/*
 * A program of its own, so that its work is none of the server's: calls a URL, one call after the other over each of
 * some connections, whenever its parent asks, and says how long each call took.
 */

/** From the parent: so many calls of the URL, whose answers must contain a text. */
export interface HttpCalls {
  readonly url: string;
  readonly calls: number;
  readonly expected: string;
  /** What is patched, call by call, from the first on again behind the last; absent gets the URL. */
  readonly patches?: readonly string[];
  /** How many connections there are. Default 1. */
  readonly connections?: number;
}

/** To the parent. */
export type HttpCallsTook =
  | { readonly tookMs: readonly number[]; readonly elapsedMs: number }
  | { readonly error: string };

const agent = new Agent({ keepAlive: true });

async function call({ url, expected, patches }: HttpCalls, number: number): Promise<number> {
  const startedMs = performance.now();
  const { status, body } = await new Promise<{ status: number | undefined; body: string }>(
    (resolve, reject) => {
      const options = {
        agent,
        ...(patches && { method: 'PATCH', headers: { 'content-type': 'application/json' } }),
      };
      request(url, options, (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (text) => {
          body += text;
        });
        response.on('end', () => resolve({ status: response.statusCode, body }));
      })
        .on('error', reject)
        .end(patches?.[number % patches.length]);
    },
  );
  const tookMs = performance.now() - startedMs;
  if (status !== 200 || !body.includes(expected)) throw new Error(`${url} answered ${status}: ${body}`);
  return tookMs;
}

async function callAll(calls: HttpCalls): Promise<HttpCallsTook> {
  const tookMs: number[] = [];
  let made = 0;
  const connection = async () => {
    while (made < calls.calls) tookMs.push(await call(calls, made++));
  };
  const startedMs = performance.now();
  await Promise.all(Array.from({ length: calls.connections ?? 1 }, connection));
  return { tookMs, elapsedMs: performance.now() - startedMs };
}

process.on('message', (message: HttpCalls) => {
  callAll(message).then(
    (answer) => process.send?.(answer),
    (error) => process.send?.({ error: String(error) } satisfies HttpCallsTook),
  );
});
process.on('disconnect', () => agent.destroy());
