import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { startChromium } from '../../support/chromium.ts';
import type { StreamlibPage } from './page-client.ts';

/** A page with page-client.ts, in a real browser and of an origin of its own. */
export interface ClientPage extends AsyncDisposable {
  /** What a server must allow, so that the page may call it. */
  readonly origin: string;
  /** What the browser has asked servers for, as `GET /path`, without queries and preflights. */
  readonly requests: readonly string[];
  /** Calls what the page offers, in the page. */
  call<Name extends keyof StreamlibPage>(
    name: Name,
    ...args: Parameters<StreamlibPage[Name]>
  ): ReturnType<StreamlibPage[Name]>;
}

type PageCalls = Readonly<Record<string, (...args: readonly unknown[]) => Promise<unknown>>>;

/** Bundles the page, serves it and opens it. */
export async function openClientPage(): Promise<ClientPage> {
  const script = await bundle();
  const files = createServer((request, response) => {
    const isScript = request.url === '/page.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(
      isScript ? script : '<!doctype html><link rel="icon" href="data:,"><script src="/page.js"></script>',
    );
  });
  files.listen(0, '127.0.0.1');
  await once(files, 'listening');
  const origin = `http://127.0.0.1:${(files.address() as AddressInfo).port}`;
  const browser = await startChromium();
  const page = await browser.newPage();
  const requests: string[] = [];
  page.on('request', (request) => requests.push(`${request.method()} ${new URL(request.url()).pathname}`));
  await page.goto(origin);
  return {
    origin,
    requests,
    call(name, ...args) {
      const answer: Promise<unknown> = page.evaluate(
        ([called, given]) => {
          const { streamlibPage } = globalThis as unknown as { streamlibPage: PageCalls };
          return streamlibPage[called as string]?.(...given);
        },
        [name, args] as const,
      );
      return answer as ReturnType<StreamlibPage[typeof name]>;
    },
    async [Symbol.asyncDispose]() {
      await browser.close();
      files.close();
      files.closeAllConnections();
    },
  };
}

async function bundle(): Promise<string> {
  const entry = fileURLToPath(new URL('page-client.ts', import.meta.url));
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    logLevel: 'warning',
  });
  return outputFiles.map(({ text }) => text).join('');
}
