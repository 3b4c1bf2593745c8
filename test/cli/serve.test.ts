import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { ROOT, runCli, startCli } from '../support/child.ts';
import { eventually } from '../support/eventually.ts';
import { useTemporaryFolder } from '../support/temporary-folder.ts';

const LAST_LINE = /^streamlib listening on http:\/\/127\.0\.0\.1:(\d+)\n$/;
const LOOPER = `${ROOT}test/support/runtime-processors.ts`;

async function stateOf(url: string): Promise<Record<string, unknown>> {
  return (await (await fetch(`${url}/api/runtime/state`)).json()) as Record<string, unknown>;
}

describe('streamlib serve', () => {
  const path = useTemporaryFolder();

  it('serves an empty graph on a free port, and its last line of standard output is the address', async () => {
    await using server = startCli(['serve', '--port', '0']);
    const url = await server.listening();
    assert.match(server.stdout, LAST_LINE);
    assert.equal((await stateOf(url)).status, 'running');
  });

  it('takes options after the graph file, as npm start -- ARGS gives them', async () => {
    writeFileSync(path('g.yaml'), 'processors: [{id: tone, type: SineGenerator}]\n');
    await using server = startCli(['serve', path('g.yaml'), '--port', '0']);
    const url = await server.listening();
    const answer = await fetch(`${url}/api/processors/tone`);
    assert.equal(((await answer.json()) as { state: string }).state, 'running');
  });

  it('takes host and port from the environment, and options go before them', async () => {
    const env = { STREAMLIB_HOST: '0.0.0.0', STREAMLIB_PORT: '0' };
    await using server = startCli(['serve', '--host', 'localhost'], { env });
    assert.match(await server.listening(), /^http:\/\/localhost:[1-9]\d*$/);
  });

  for (const { name, args, env } of [
    { name: 'an option', args: ['--host', '0.0.0.0'], env: {} },
    { name: 'the environment', args: [], env: { STREAMLIB_HOST: '0.0.0.0' } },
  ]) {
    it(`refuses a host other than loopback from ${name}`, async () => {
      const { code, stdout, stderr } = await runCli(['serve', '--port', '0', ...args], { env });
      assert.deepEqual({ code, stdout }, { code: 1, stdout: '' });
      assert.match(
        stderr,
        /^streamlib serve: --host must be a loopback address unless --insecure is given, was "0\.0\.0\.0"/m,
      );
    });
  }

  it('listens on any host with --insecure', async () => {
    await using server = startCli(['serve', '--port', '0', '--host', '0.0.0.0', '--insecure']);
    const { port } = new URL(await server.listening());
    assert.equal((await stateOf(`http://127.0.0.1:${port}`)).status, 'running');
  });

  it('names a port that is in use and ends with exit code 1', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    try {
      const { code, stdout, stderr } = await runCli(['serve', '--port', String(port)]);
      assert.deepEqual({ code, stdout }, { code: 1, stdout: '' });
      assert.ok(
        stderr.includes(
          `streamlib serve: --port must be free, was ${port}: another program listens on 127.0.0.1`,
        ),
        stderr,
      );
    } finally {
      other.close();
    }
  });

  it('refuses a graph file with a fault, beginning with its place, and listens nowhere', async () => {
    writeFileSync(path('g.yaml'), 'processors:\n  - id: a\n    type: Sine\n');
    const { code, stdout, stderr } = await runCli(['serve', path('g.yaml'), '--port', '0']);
    assert.deepEqual({ code, stdout }, { code: 1, stdout: '' });
    assert.ok(stderr.includes(`${path('g.yaml')}:3:5 (processors[0].type): processor_type must be`), stderr);
  });

  it('lets a page of --cors-origin in and no other', async () => {
    await using server = startCli(['serve', '--port', '0', '--cors-origin', 'https://panel.example']);
    const url = await server.listening();
    const allowed = async (origin: string) =>
      (await fetch(`${url}/health`, { headers: { origin } })).headers.get('access-control-allow-origin');
    assert.equal(await allowed('https://panel.example'), 'https://panel.example');
    assert.equal(await allowed('http://localhost:3000'), 'http://localhost:3000');
    assert.equal(await allowed('https://elsewhere.example'), null);
  });

  it('finds further types in a module of --types', async () => {
    await using server = startCli(['serve', '--port', '0', '--types', 'examples/processors/index.ts']);
    const url = await server.listening();
    assert.equal((await fetch(`${url}/api/processor-types/Orchestrator`)).status, 200);
  });

  it('says which processor failed and serves the others', async () => {
    writeFileSync(
      path('g.yaml'),
      'processors: [{id: bad, type: WavFileSource, config: {path: none.wav}}, {id: tone, type: SineGenerator}]\n',
    );
    await using server = startCli(['serve', path('g.yaml'), '--port', '0']);
    const url = await server.listening();
    assert.match(server.stderr, /^bad failed: [A-Z_]+: .*none\.wav/m);
    const answer = await fetch(`${url}/api/processors/tone`);
    assert.equal(((await answer.json()) as { state: string }).state, 'running');
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`drains at ${signal}: tears down, ends open streams and exits with 0`, async () => {
      writeFileSync(
        path('g.yaml'),
        `processors: [{id: tone, type: SineGenerator}, {id: file, type: WavFileSink, config: {path: ${path('t.wav')}}}]\n` +
          'links: [{from: tone.audio, to: file.audio}]\n',
      );
      await using server = startCli(['serve', path('g.yaml'), '--port', '0']);
      const url = await server.listening();
      const events = await fetch(`${url}/api/events`);
      server.kill(signal);
      assert.match(await events.text(), /"ending"/);
      const { code, signal: killer } = await server.end();
      assert.deepEqual({ code, killer }, { code: 0, killer: null });
    });
  }

  it('ends a processor that does not come back, and exits with 0', async () => {
    writeFileSync(path('g.yaml'), 'processors: [{id: stuck, type: Looper}]\n');
    await using server = startCli(['serve', path('g.yaml'), '--port', '0', '--types', LOOPER]);
    await server.listening();
    server.kill('SIGTERM');
    assert.equal((await server.end()).code, 0);
  });

  it('ends at once at a second signal', async () => {
    writeFileSync(path('g.yaml'), 'processors: [{id: stuck, type: Looper}]\n');
    await using server = startCli(['serve', path('g.yaml'), '--port', '0', '--types', LOOPER]);
    const url = await server.listening();
    server.kill('SIGTERM');
    // While it drains it says so, because the processor holds its lane.
    await eventually(async () => (await stateOf(url)).status === 'stopping', 'the server stops');
    server.kill('SIGTERM');
    assert.equal((await server.end()).code, 1);
  });
});
