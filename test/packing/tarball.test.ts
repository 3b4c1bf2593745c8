import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Child, type ChildEnd, type ChildOptions, ROOT } from '../support/child.ts';
import { eventually } from '../support/eventually.ts';

/** The fenced TypeScript blocks of a page, in order. */
function codeOf(page: string): string[] {
  const text = readFileSync(`${ROOT}${page}`, 'utf8');
  return [...text.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code]) => code ?? '');
}

async function run(command: string, args: readonly string[], options?: ChildOptions): Promise<ChildEnd> {
  await using child = new Child(command, args, options);
  const end = await child.end();
  assert.equal(end.code, 0, `${command} ${args.join(' ')}\n${end.stdout}${end.stderr}`);
  return end;
}

/** Where a command lies on PATH. */
function commandPath(command: string): string {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const found = folders.map((folder) => join(folder, command)).find((place) => existsSync(place));
  assert.ok(found, `${command} must be on PATH`);
  return found;
}

describe('the packed tarball', function () {
  // Compiles, packs and installs everything.
  this.timeout(300_000);
  let folder = '';
  const path = (name: string): string => join(folder, name);
  // No compiler, no make, no python on PATH.
  const here = () => ({ cwd: folder, env: { PATH: path('bare-bin') } });

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'streamlib-packed-'));
    const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder]);
    mkdirSync(path('bare-bin'));
    for (const command of ['npm', 'npx', 'sh'])
      symlinkSync(commandPath(command), path(`bare-bin/${command}`));
    symlinkSync(process.execPath, path('bare-bin/node'));
    const [packed] = JSON.parse(stdout.slice(stdout.indexOf('[\n'))) as { filename: string }[];
    writeFileSync(path('package.json'), JSON.stringify({ name: 'user', private: true, type: 'module' }));
    const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
    await run('npm', ['install', ...quiet, `./${packed?.filename}`], here());
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  it('brings npx streamlib', async () => {
    const { stdout } = await run('npx', ['streamlib', '--help'], here());
    assert.match(stdout, /^usage: streamlib COMMAND/);
  });

  it('runs the example of docs/processors.md as a type of the user', async () => {
    const [processor = '', list = ''] = codeOf('docs/processors.md');
    writeFileSync(path('offset.ts'), processor);
    writeFileSync(path('types.ts'), list);
    writeFileSync(path('in.csv'), 'value\n1\n2\n3\n');
    writeFileSync(
      path('g.yaml'),
      `processors:
  - { id: source, type: CsvSource, config: { path: in.csv } }
  - { id: offset, type: acme.Offset, config: { offset: 10 } }
  - { id: file, type: JsonLinesSink, config: { path: out.jsonl } }
links:
  - { from: source.data, to: offset.data_in, delivery: lossless }
  - { from: offset.data_out, to: file.data, delivery: lossless }
`,
    );
    await run('npx', ['streamlib', 'run', 'g.yaml', '--types', 'types.ts'], here());
    const values = readFileSync(path('out.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).payload.value[0]);
    assert.deepEqual(values, [11, 12, 13]);
  });

  it('serves the API', async () => {
    // Not by npx, which keeps signals to itself.
    await using server = new Child(path('node_modules/.bin/streamlib'), ['serve', '--port', '0'], here());
    const url = await server.listening();
    const answer = await fetch(`${url}/api/processor-types/Gain`);
    assert.equal(((await answer.json()) as { name: string }).name, 'Gain');
    server.kill('SIGTERM');
    assert.equal((await server.end()).code, 0);
  });

  it('is the library of the README’s program, which ends at a signal', async () => {
    const wait = 'await runtime.waitForSignal();';
    const program = codeOf('README.md').find((code) => code.includes(wait)) ?? '';
    writeFileSync(
      path('program.ts'),
      program.replace(
        wait,
        `const signal = runtime.waitForSignal();\nconsole.log('running');\nawait signal;`,
      ),
    );
    await using child = new Child(process.execPath, ['program.ts'], here());
    await eventually(() => child.stdout.includes('running'), 'the program runs');
    child.kill('SIGINT');
    const { code, stderr } = await child.end();
    assert.equal(code, 0, stderr);
  });

  it('brings the addon of this platform, which nothing at hand could have built', () => {
    const installed = path('node_modules/streamlib');
    const prebuilt = readdirSync(`${installed}/prebuilds/${process.platform}-${process.arch}`);
    assert.deepEqual(prebuilt, ['streamlib.node']);
    assert.equal(existsSync(`${installed}/native/build`), false);
  });

  it('says what to do where no prebuilt addon fits, and does it', async () => {
    const prebuilds = path('node_modules/streamlib/prebuilds');
    renameSync(prebuilds, path('hidden'));
    try {
      const graph = ['streamlib', 'run', 'g.yaml', '--types', 'types.ts'];
      await using without = new Child('npx', graph, here());
      const { code, stderr } = await without.end();
      assert.equal(code, 1);
      assert.match(
        stderr,
        /no native addon for \w+-\w+: run `npx streamlib build-native`, which needs a C\+\+20/,
      );

      await run('npx', ['streamlib', 'build-native'], { cwd: folder });
      await run('npx', graph, here());
    } finally {
      renameSync(path('hidden'), prebuilds);
    }
  });

  it('has types for its users', async () => {
    const program = codeOf('README.md').find((code) => code.includes("from 'streamlib'")) ?? '';
    const [processor = ''] = codeOf('docs/processors.md');
    writeFileSync(path('typed.ts'), program);
    writeFileSync(path('typed-processor.ts'), processor);
    const options = [
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2024',
      '--lib',
      'esnext',
      '--types',
      '',
      '--skipLibCheck',
    ];
    const files = ['typed.ts', 'typed-processor.ts'];
    const tsc = `${ROOT}node_modules/.bin/tsc`;
    await run(`${ROOT}node_modules/.bin/tsc`, [...options, ...files], here());

    writeFileSync(path('wrong.ts'), program.replace("{ type: 'SineGenerator' }", '{ type: 440 }'));
    await using wrong = new Child(tsc, [...options, 'wrong.ts'], here());
    const { code, stdout } = await wrong.end();
    assert.notEqual(code, 0);
    assert.match(stdout, /wrong\.ts.*number.*string/);
  });
});
