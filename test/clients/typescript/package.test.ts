import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { Child, ROOT } from '../../support/child.ts';
import { startChromium } from '../../support/chromium.ts';
import { eventually } from '../../support/eventually.ts';
import { TestServer } from '../../support/server.ts';

const CLIENT = `${ROOT}clients/typescript`;

/** What a page does with the package: it builds, hears of it, and goes wrong once. */
const PAGE = `
import { connect, StreamlibError } from '@streamlib/client';
globalThis.tryAll = async (url, protocol) => {
  const client = connect(url, { protocol });
  const graph = client.graph();
  const sink = graph.addProcessor('NullSink');
  const events = client.events({ processorId: sink, afterSequence: 0n });
  await graph.apply();
  const heard = [];
  for await (const item of events) {
    if (item.kind === 'event') heard.push(item.event.type);
    if (heard.includes('ProcessorAdded')) break;
  }
  const reason = await client.processors.getProcessor({ processorId: 'nobody' }).catch((error) =>
    error instanceof StreamlibError ? error.reason : String(error),
  );
  return { heard, reason };
};
globalThis.isReady = true;
`;

async function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  await using child = new Child(command, args, { cwd });
  const { code, stdout, stderr } = await child.end();
  assert.equal(code, 0, `${command} ${args.join(' ')}\n${stdout}${stderr}`);
  return stdout;
}

describe('the package of the client in TypeScript', function () {
  this.timeout(180_000);
  let folder = '';
  let server: TestServer;
  let files: Server;
  let browser: Browser;
  let page: Page;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'streamlib-client-'));
    await run(process.execPath, ['scripts/client-build.mjs'], ROOT);
    const packed = JSON.parse(await run('npm', ['pack', '--json', '--pack-destination', folder], CLIENT));
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', private: true }));
    await run('npm', ['install', '--no-audit', '--no-fund', `./${packed[0].filename}`], folder);
    const { outputFiles } = await build({
      stdin: { contents: PAGE, resolveDir: folder },
      bundle: true,
      write: false,
      format: 'iife',
      target: 'es2022',
      conditions: ['browser'],
      logLevel: 'warning',
    });
    const script = outputFiles.map(({ text }) => text).join('');
    files = createServer((request, response) => {
      const isScript = request.url === '/page.js';
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
      response.end(
        isScript ? script : '<!doctype html><link rel="icon" href="data:,"><script src="/page.js"></script>',
      );
    });
    await new Promise<void>((resolve) => files.listen(0, '127.0.0.1', resolve));
    const origin = `http://127.0.0.1:${(files.address() as AddressInfo).port}`;
    server = await TestServer.start({ config: { cors_origins: [origin] } });
    browser = await startChromium();
    page = await browser.newPage();
    await page.goto(origin);
  });

  after(async () => {
    await browser.close();
    files.closeAllConnections();
    files.close();
    await server[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  it('does what its README shows, as it is written there', async () => {
    const readme = readFileSync(`${CLIENT}/README.md`, 'utf8');
    const [, lines = ''] = /## Ten lines\n\n```ts\n(.*?)^```/ms.exec(readme) ?? [];
    mkdirSync(join(folder, 'example'));
    writeFileSync(join(folder, 'example', 'ten.mjs'), lines.replace('http://127.0.0.1:9000', server.url));
    await using example = new Child(process.execPath, [join(folder, 'example', 'ten.mjs')]);
    await eventually(
      () => /^processor:LevelMeter-\w+ ProcessorAdded$/m.test(example.stdout),
      'it tells of its meter',
    );
    assert.match(example.stdout, /^revision \d+: SineGenerator-\w+ -> LevelMeter-\w+$/m);
    example.kill('SIGKILL');
    await example.end();
  });

  it('has types that a program compiles against', async () => {
    const program = `import { connect, type EventItem } from '@streamlib/client';
const client = connect('http://127.0.0.1:9000', { protocol: 'grpc' });
export const revision: bigint = (await client.graph().apply()).revision;
export const kindOf = (item: EventItem): string => (item.kind === 'event' ? item.event.type : item.kind);
`;
    writeFileSync(join(folder, 'program.ts'), program);
    const args = [
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2023',
      '--lib',
      'es2023,dom,esnext.disposable',
    ];
    await run(`${ROOT}node_modules/.bin/tsc`, [...args, 'program.ts'], folder);
  });

  for (const protocol of ['connect', 'grpc-web'])
    it(`works in a browser over ${protocol}`, async () => {
      await page.waitForFunction('globalThis.isReady');
      const told = await page.evaluate(`globalThis.tryAll(${JSON.stringify(server.url)}, '${protocol}')`);
      assert.deepEqual(told, { heard: ['ProcessorAdded'], reason: 'PROCESSOR_NOT_FOUND' });
    });
});
