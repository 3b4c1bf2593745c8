import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import type { Child } from '../support/child.ts';
import { runCli, startCli } from '../support/child.ts';
import { eventually } from '../support/eventually.ts';
import { useTemporaryFolder } from '../support/temporary-folder.ts';

type Json = Record<string, unknown>;

/** The answer of a server, which must be the wanted status. */
async function call(url: string, method: string, path: string, body?: object, want = 200): Promise<Json> {
  const response = await fetch(`${url}${path}`, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  const answer = (await response.json()) as Json;
  assert.equal(response.status, want, JSON.stringify(answer));
  return answer;
}

async function killed(server: Child): Promise<void> {
  server.kill('SIGKILL');
  await server.end();
}

describe('a server that was killed', () => {
  const path = useTemporaryFolder();
  const serve = (...args: string[]) => startCli(['serve', '--port', '0', '--state', path('state'), ...args]);

  it('comes back with its graph, its pauses, its history and its answers', async () => {
    await using first = serve();
    const url = await first.listening();
    const tone = { processor_type: 'SineGenerator', processor_id: 'tone', request_id: 'make-tone' };
    const made = await call(url, 'POST', '/api/processors', tone);
    await call(url, 'POST', '/api/processors', { processor_type: 'Gain', processor_id: 'gain' });
    const ends = { from_processor: 'tone', from_port: 'audio', to_processor: 'gain', to_port: 'audio_in' };
    const link = await call(url, 'POST', '/api/connections', { ...ends, request_id: 'join' });
    await call(url, 'PATCH', '/api/processors/gain', { config: { gain: 0.5 } });
    await call(url, 'POST', '/api/processors/gain:pause', {});
    const before = await call(url, 'GET', '/api/graph');
    await killed(first);

    await using second = serve();
    const again = await second.listening();
    const after = await call(again, 'GET', '/api/graph');
    assert.deepEqual(after, before);
    assert.equal((await call(again, 'GET', '/api/processors/gain')).state, 'paused');
    // The same requests once more: nothing is done twice.
    const repeated = await call(again, 'POST', '/api/processors', tone);
    assert.deepEqual([repeated.processor_id, repeated.revision], [made.processor_id, made.revision]);
    const joined = await call(again, 'POST', '/api/connections', { ...ends, request_id: 'join' });
    assert.deepEqual([joined.link_id, joined.revision], [link.link_id, link.revision]);
    await call(again, 'POST', '/api/processors', { ...tone, processor_id: 'other' }, 400);
    assert.deepEqual(await call(again, 'GET', '/api/graph'), before);
    const { revisions } = (await call(again, 'GET', '/api/graph/revisions')) as { revisions: Json[] };
    assert.deepEqual(
      revisions.map(({ revision, actor, request_id }) => ({ revision, actor, request_id })),
      [5, 4, 3, 2, 1].map((revision) => ({
        revision,
        actor: '127.0.0.1',
        request_id: { 1: 'make-tone', 3: 'join' }[revision] ?? '',
      })),
    );
    const old = (await call(again, 'GET', '/api/graph?revision=2')) as { links: Json[] };
    assert.deepEqual(old.links, []);
  });

  for (const { verb, status } of [
    { verb: 'pause', status: 'paused' },
    { verb: 'stop', status: 'stopped' },
  ]) {
    it(`stays ${status} when it was`, async () => {
      await using first = serve();
      await call(await first.listening(), 'POST', `/api/runtime/${verb}`, {});
      await killed(first);
      await using second = serve();
      const url = await second.listening();
      const wanted = status === 'stopped' ? ['initial', 'stopped'] : [status];
      await eventually(
        async () => wanted.includes(String((await call(url, 'GET', '/api/runtime/state')).status)),
        `it is ${status}`,
      );
    });
  }

  it('is taken back by the command line, from its history', async () => {
    await using server = serve();
    const url = await server.listening();
    await call(url, 'POST', '/api/processors', { processor_type: 'Gain', processor_id: 'one' });
    await call(url, 'POST', '/api/processors', {
      processor_type: 'Gain',
      processor_id: 'two',
      wait: 'effective',
    });
    const history = await runCli(['history', '--url', url, '-n', '5']);
    assert.equal(history.code, 0, history.stderr);
    assert.match(
      history.stdout,
      /^REVISION +TIME +ACTOR +OWNER +CHANGES\n2 \* .*created two\n1 .*created one\n$/,
    );
    const dry = await runCli(['rollback', '1', '--dry-run', '--url', url]);
    assert.match(dry.stdout, /- deleted +processors\/two/);
    const done = await runCli(['rollback', '1', '--url', url]);
    assert.equal(done.code, 0, done.stderr);
    assert.match(done.stdout, /revision 3: 1 deleted/);
    await call(url, 'GET', '/api/processors/two', undefined, 404);
    const unknown = await runCli(['rollback', '99', '--url', url]);
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /revision must be a revision that is kept, was 99/);
  });

  it('goes back to its graph file when asked to, as one more revision', async () => {
    writeFileSync(path('g.yaml'), 'processors: [{id: tone, type: SineGenerator}]\n');
    await using first = serve(path('g.yaml'));
    const url = await first.listening();
    await call(url, 'POST', '/api/processors', { processor_type: 'Gain', processor_id: 'more' });
    await killed(first);
    await using second = serve(path('g.yaml'), '--reset');
    const again = await second.listening();
    await call(again, 'GET', '/api/processors/more', undefined, 404);
    assert.match(second.stderr, /- deleted +processors\/more/);
    const { revisions } = (await call(again, 'GET', '/api/graph/revisions')) as { revisions: Json[] };
    assert.equal(revisions[0]?.revision, 3);
  });

  it('keeps its state and not the graph file, and is told of one per directory', async () => {
    writeFileSync(path('g.yaml'), 'processors: [{id: tone, type: SineGenerator}]\n');
    await using first = serve(path('g.yaml'));
    const url = await first.listening();
    await call(url, 'DELETE', '/api/processors/tone');
    await using other = serve();
    const { code, stderr } = await other.end();
    assert.equal(code, 1);
    assert.match(stderr, /locked|in use/);
    await killed(first);
    await using second = serve(path('g.yaml'));
    await call(await second.listening(), 'GET', '/api/processors/tone', undefined, 404);
    assert.match(second.stderr, /the kept graph stays as it is; --reset would/);
    assert.match(second.stderr, /\+ created +processors\/tone/);
  });
});
