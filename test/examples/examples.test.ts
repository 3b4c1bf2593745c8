import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { Child, ROOT, runCli, startCli } from '../support/child.ts';
import { eventually } from '../support/eventually.ts';
import { TestServer } from '../support/server.ts';
import { soxStat } from '../support/sox.ts';
import { useTemporaryFolder } from '../support/temporary-folder.ts';

const HTTP_MODULES = /^node:(http|https|http2)$|\/node_modules\/(fastify|ws|@connectrpc|@fastify)\//;

const startExample = (args: readonly string[]) => new Child(process.execPath, args);

/** Graph files of the examples, as they run anywhere: paths of recordings are absolute. */
const example = (name: string): string => `${ROOT}examples/${name}`;

describe('examples/embedded.ts', () => {
  for (const args of [[], ['--own-loop']]) {
    it(`measures a tone until a signal ${args.join(' ')}`, async () => {
      await using program = startExample([example('embedded.ts'), ...args]);
      // A sine of amplitude 0.5 is at 20 log10(0.5 / sqrt(2)) dB.
      await eventually(() => program.stdout.includes('-9.0 dB\n'), 'the level is printed');
      program.kill('SIGINT');
      const { code, stderr } = await program.end();
      assert.equal(code, 0, stderr);
    });
  }
});

describe('examples/client.ts', () => {
  it('adds a tone and a meter to a running server, and ends', async () => {
    await using server = await TestServer.start();
    await server.runtime.start();
    await using program = startExample([example('client.ts'), server.url]);
    const { code, stdout, stderr } = await program.end();
    assert.equal(code, 0, stderr);
    const [, from, to, id] = /^(\S+) -> (\S+) by (link-\w{6})\n$/.exec(stdout) ?? [];
    const link = await server.runtime.getLink(id ?? '');
    assert.deepEqual([link.fromProcessor, link.toProcessor], [from, to]);
  });
});

describe('examples/cpu-load.ts', () => {
  const path = useTemporaryFolder();

  it('finds what is unusual in the recording, and draws the plot that is committed', async () => {
    await using program = startExample([
      example('cpu-load.ts'),
      example('data/cpu-load.csv'),
      path('plot.svg'),
    ]);
    const { code, stdout, stderr } = await program.end();
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^\d+ frames, \d+ of them unusual\n$/);
    assert.equal(readFileSync(path('plot.svg'), 'utf8'), readFileSync(example('data/cpu-load.svg'), 'utf8'));
  });
});

describe('an embedded runtime', () => {
  const path = useTemporaryFolder();

  async function modulesLoaded(program: string): Promise<string[]> {
    const modules = path('modules');
    const hook = new URL('../support/record-modules.ts', import.meta.url).href;
    writeFileSync(path('program.mjs'), program);
    await using child = new Child(process.execPath, ['--import', hook, path('program.mjs')], {
      env: { LOADED_MODULES: modules },
    });
    const { code, stderr } = await child.end();
    assert.equal(code, 0, stderr);
    return [...new Set(readFileSync(modules, 'utf8').split('\n'))];
  }

  const program = (api: string) => `
    import { inputPort, outputPort, StreamRuntime } from '${new URL('../../server/index.ts', import.meta.url)}';
    const runtime = await StreamRuntime.create();
    await runtime.addProcessor({ type: 'SineGenerator', id: 'tone' });
    await runtime.addProcessor({ type: 'NullSink', id: 'sink' });
    await runtime.connect(outputPort('tone', 'audio'), inputPort('sink', 'data'));
    ${api}
    await runtime.start();
    await runtime.close();
  `;

  it('loads no HTTP package, on no thread, without an ApiServer', async () => {
    const modules = await modulesLoaded(program(''));
    assert.ok(modules.some((url) => url.endsWith('/server/processors/sine-generator.ts')));
    assert.ok(
      modules.some((url) => url.endsWith('/server/runtime/lane/lane-entry.ts')),
      'lanes are seen',
    );
    assert.deepEqual(
      modules.filter((url) => HTTP_MODULES.test(url)),
      [],
    );
  });

  it('serves the API when an ApiServer is added as any other processor', async () => {
    const api = `await runtime.addProcessor({ type: 'ApiServer', config: { port: 0 } });`;
    const modules = await modulesLoaded(program(api));
    assert.ok(modules.includes('node:http'));
    assert.ok(modules.some((url) => url.includes('/node_modules/fastify/')));
  });
});

describe('the graphs in examples/', () => {
  const path = useTemporaryFolder();

  it('system-metrics.yaml measures this machine into a bounded file below .streamlib/', async () => {
    await using server = startCli(['serve', example('system-metrics.yaml'), '--port', '0'], {
      cwd: path('.'),
    });
    const url = await server.listening();
    const file = path('.streamlib/system-metrics.jsonl');
    await eventually(() => existsSync(file) && statSync(file).size > 0, 'figures are written');
    const [line = ''] = readFileSync(file, 'utf8').split('\n');
    const { payload } = JSON.parse(line) as { payload: Record<string, number[]> };
    assert.ok((payload.memory_total_bytes?.[0] ?? 0) > 0, line);
    assert.ok(Number.isFinite(payload.cpu_percent?.[0]), line);

    const sink = (await (await fetch(`${url}/api/processors/file`)).json()) as {
      effective_config: { max_bytes: number; keep_files: number };
    };
    const { max_bytes, keep_files } = sink.effective_config;
    assert.ok(max_bytes * (keep_files + 1) <= 16 * 1024 * 1024, 'the file is bounded');
    server.kill('SIGTERM');
    assert.equal((await server.end()).code, 0);
  });

  it('wav-gain.yaml halves a recording', async () => {
    const { code, stderr } = await runCli(['run', example('wav-gain.yaml')]);
    assert.equal(code, 0, stderr);
    const [before, after] = ['test/fixtures/speech.wav', '.streamlib/quieter.wav'].map((file) =>
      soxStat(`${ROOT}${file}`, 'RMS amplitude'),
    );
    assert.ok(Math.abs((after ?? 0) / (before ?? 0) - 0.5) < 0.001, `${before} to ${after}`);
  });
});
