import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { JsonObject } from '../../server/runtime/json.ts';
import { Child, ROOT, startCli } from '../support/child.ts';
import { eventually } from '../support/eventually.ts';
import { useTemporaryFolder } from '../support/temporary-folder.ts';

const README = readFileSync(`${ROOT}README.md`, 'utf8');

/** The fenced blocks of one language below one heading. */
function blocksOf(heading: string, language: string): string[] {
  const section = README.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(
    ([, code]) => code ?? '',
  );
}

/** The commands of a block, with lines that end in a backslash joined. */
function commandsOf(block: string): string[] {
  const lines = block.replaceAll(/\\\n\s*/g, '').split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('#'));
}

describe('the first five minutes of the README', () => {
  const path = useTemporaryFolder();
  const [curls = '', afterwards = '', buf = ''] = blocksOf('The first five minutes', 'sh');

  function startDemo(env: Readonly<Record<string, string>> = {}): Child {
    const args = ['serve', `${ROOT}examples/system-metrics.yaml`, '--port', '0'];
    return startCli(args, { cwd: path('.'), env });
  }

  /** Starts a command of the README against another server than the one that it names. */
  function start(command: string, url: string): Child {
    const { port } = new URL(url);
    const here = command
      .replaceAll('localhost:9000', `127.0.0.1:${port}`)
      .replaceAll('127.0.0.1:9000', `127.0.0.1:${port}`);
    return new Child('sh', ['-c', `exec ${here.replace(/^curl /, 'curl --fail-with-body --silent ')}`]);
  }

  async function run(command: string, url: string): Promise<JsonObject> {
    await using child = start(command, url);
    const { code, stdout, stderr } = await child.end();
    assert.equal(code, 0, `${command}\n${stdout}${stderr}`);
    return JSON.parse(stdout);
  }

  it('work by curl, line by line', async () => {
    await using server = startDemo();
    const url = await server.listening();
    const commands = commandsOf(curls);
    const watching = commands.filter((command) => command.includes(' -N '));
    const asking = commands.filter((command) => !watching.includes(command));
    assert.deepEqual([watching.length, asking.length], [1, 8]);

    await using watcher = start(watching[0] ?? '', url);
    await eventually(() => watcher.stdout.includes('"started"'), 'the events are watched');
    const answers: JsonObject[] = [];
    for (const command of asking) answers.push(await run(command, url));

    const [state, list, tone, meter, link, changed, seen, deleted] = answers as Record<string, never>[];
    assert.equal(state?.status, 'running');
    const ids = (list?.processors as JsonObject[] | undefined)?.map(({ processor_id }) => processor_id);
    assert.deepEqual(ids, ['api-server', 'average', 'file', 'log', 'metrics', 'threshold']);
    assert.equal(tone?.processor_id, 'tone');
    assert.equal(meter?.processor_id, 'meter');
    assert.match(String(link?.link_id), /^link-[a-z0-9]{6}$/);
    assert.deepEqual(changed?.config, { frequency_hz: 880 });
    assert.equal(seen?.processor_type, 'LevelMeter');
    assert.ok(Number(deleted?.revision) > Number(link?.revision));

    for (const type of [
      'ProcessorAdded',
      'LinkAdded',
      'ProcessorConfigUpdated',
      'LinkRemoved',
      'ProcessorRemoved',
    ]) {
      await eventually(() => watcher.stdout.includes(`"type":"${type}"`), `${type} is watched`);
    }
  });

  it('survive kill -9, and can be taken back', async () => {
    const [kill = '', start = '', ...asking] = commandsOf(afterwards);
    assert.deepEqual([kill, start], ['kill -9 $(cat .streamlib/state/lock.pid)', 'npm start']);
    // Where it lies when nobody says.
    const env = { STREAMLIB_STATE: '' };
    await using first = startDemo(env);
    const url = await first.listening();
    const meter = commandsOf(curls).find((command) => command.includes('"processor_id":"meter"')) ?? '';
    await run(meter, url);
    await using killer = new Child('sh', ['-c', kill], { cwd: path('.') });
    assert.equal((await killer.end()).code, 0);
    assert.equal((await first.end()).signal, 'SIGKILL');

    await using second = startDemo(env);
    const again = await second.listening();
    const answers: JsonObject[] = [];
    for (const command of asking) answers.push(await run(command, again));
    const [seen, history, back] = answers as [JsonObject, { revisions: JsonObject[] }, JsonObject];
    assert.equal(seen.processor_type, 'LevelMeter');
    assert.deepEqual(
      history.revisions.map(({ revision }) => revision),
      [2, 1],
    );
    assert.equal(back.revision, 3);
    assert.deepEqual(back.changes, [{ kind: 'deleted', processor_id: 'meter', reason: '' }]);
  });

  it('work over gRPC by buf curl', async () => {
    await using server = startDemo();
    const url = await server.listening();
    const [command = '', ...others] = commandsOf(buf);
    assert.deepEqual(others, []);
    const { processorId } = await run(command, url);
    assert.match(String(processorId), /^sine-?generator-[a-z0-9]{6}$/);
  });

  it('show examples/client.ts as it is', () => {
    const [code] = blocksOf('The first five minutes', 'ts');
    const [, ...lines] = readFileSync(`${ROOT}examples/client.ts`, 'utf8').split('\n');
    assert.equal(code, lines.join('\n'));
  });

  it('begin with npm start, which passes its arguments on and ends with exit code 0', async () => {
    await using npm = new Child('npm', ['start', '--', '--port', '0']);
    const url = await npm.listening();
    assert.equal((await fetch(`${url}/health`)).status, 200);
    npm.kill('SIGTERM');
    const { code, stdout } = await npm.end();
    assert.equal(code, 0);
    assert.ok(stdout.endsWith(`streamlib listening on ${url}\n`), stdout);
  });

  it('name only files that exist', () => {
    const links = [...README.matchAll(/\]\((?!http)([^)#]+)\)/g)].map(([, target]) => target ?? '');
    assert.ok(links.length > 5);
    for (const target of links)
      assert.doesNotThrow(() => readFileSync(`${ROOT}${target}`), `${target} is there`);
  });
});
