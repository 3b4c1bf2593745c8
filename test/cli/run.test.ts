import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { ROOT, runCli, startCli } from '../support/child.ts';
import { eventually } from '../support/eventually.ts';
import { useTemporaryFolder } from '../support/temporary-folder.ts';

const SPEECH = `${ROOT}test/fixtures/speech.wav`;

describe('streamlib run', () => {
  const path = useTemporaryFolder();

  function graphFile(text: string): string {
    writeFileSync(path('g.yaml'), text);
    return path('g.yaml');
  }

  it('runs a graph until its sources have ended, with everything written, and exits with 0', async () => {
    const file = graphFile(`processors:
  - { id: source, type: WavFileSource, config: { path: ${SPEECH}, pace: fast } }
  - { id: copy, type: WavFileSink, config: { path: ${path('copy.wav')}, format: pcm16 } }
links:
  - { from: source.audio, to: copy.audio, delivery: lossless }
`);
    const { code, stdout, stderr } = await runCli(['run', file]);
    assert.deepEqual({ code, stdout }, { code: 0, stdout: '' }, stderr);
    assert.equal(readFileSync(path('copy.wav')).length > 44, true);
  });

  it('exits with 1 and names the processor when one failed', async () => {
    const file = graphFile('processors: [{id: source, type: WavFileSource, config: {path: none.wav}}]\n');
    const { code, stderr } = await runCli(['run', file]);
    assert.equal(code, 1);
    assert.match(stderr, /^source failed: [A-Z_]+: .*none\.wav/m);
  });

  it('ends an empty graph at once', async () => {
    assert.equal((await runCli(['run', graphFile('')])).code, 0);
  });

  it('drains a graph without an end at a signal and exits with 0', async () => {
    const file = graphFile(`processors:
  - { id: tone, type: SineGenerator }
  - { id: file, type: WavFileSink, config: { path: ${path('tone.wav')} } }
links: [{ from: tone.audio, to: file.audio }]
`);
    await using child = startCli(['run', file]);
    await eventually(() => existsSync(path('tone.wav')), 'the graph records');
    child.kill('SIGTERM');
    const { code, stderr } = await child.end();
    assert.equal(code, 0, stderr);
  });

  it('serves the API meanwhile with --api, and keeps standard output for the graph', async () => {
    const file = graphFile('processors: [{id: tone, type: SineGenerator}]\n');
    await using child = startCli(['run', file, '--api', '--port', '0']);
    await eventually(() => child.stderr.includes('streamlib listening on '), 'the API listens');
    const url = /listening on (\S+)/.exec(child.stderr)?.[1];
    await eventually(async () => {
      const state = (await (await fetch(`${url}/api/runtime/state`)).json()) as { status: string };
      return state.status === 'running';
    }, 'the graph runs');
    assert.equal(child.stdout, '');
  });
});
