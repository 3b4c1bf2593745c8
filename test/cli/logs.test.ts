import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { runCli } from '../support/child.ts';
import { useTemporaryFolder } from '../support/temporary-folder.ts';

interface LogLine {
  readonly level: number;
  readonly area: string;
  readonly processor_id?: string;
}

const INFO = 30;

/** A graph that logs a line at info from a lane: the total of a NullSink. */
const GRAPH = `processors:
  - { id: source, type: CsvSource, config: { path: data.csv } }
  - { id: sink, type: LogSink }
links: [{ from: source.data, to: sink.data, delivery: lossless }]
`;

describe('STREAMLIB_LOG', () => {
  const path = useTemporaryFolder();

  async function logged(levels: string | undefined): Promise<LogLine[]> {
    writeFileSync(path('g.yaml'), GRAPH);
    writeFileSync(path('data.csv'), 'time,value\n1,1\n2,2\n3,3\n');
    const env: Record<string, string> = levels === undefined ? {} : { STREAMLIB_LOG: levels };
    const { code, stderr } = await runCli(['run', 'g.yaml'], { cwd: path('.'), env });
    assert.equal(code, 0, stderr);
    return stderr
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
  }

  const fromSink = (lines: readonly LogLine[]) =>
    lines.filter(({ processor_id, level }) => processor_id === 'sink' && level === INFO).length;

  it('is info by default, and lines of lanes name their processor', async () => {
    const lines = await logged(undefined);
    assert.ok(fromSink(lines) > 0);
    assert.ok(lines.every(({ level }) => level >= INFO));
  });

  for (const { levels, isInfoLogged } of [
    { levels: 'warn', isInfoLogged: false },
    { levels: 'silent', isInfoLogged: false },
    { levels: 'warn,processors=info', isInfoLogged: true },
    { levels: 'info,processors=error', isInfoLogged: false },
    { levels: 'trace,processors=warn', isInfoLogged: false },
  ]) {
    it(`${isInfoLogged ? 'writes' : 'leaves out'} what a processor logs at info with ${levels}`, async () => {
      assert.equal(fromSink(await logged(levels)) > 0, isInfoLogged);
    });
  }

  it('refuses what it does not understand and names it', async () => {
    writeFileSync(path('g.yaml'), '');
    const env = { STREAMLIB_LOG: 'info,runtime=loud' };
    const { code, stderr } = await runCli(['run', path('g.yaml')], { env });
    assert.equal(code, 1);
    assert.match(stderr, /^streamlib run: STREAMLIB_LOG must be levels .* was "runtime=loud"$/m);
  });
});
