import assert from 'node:assert/strict';
import { parse, parseAllDocuments } from 'yaml';
import { inputPort, outputPort } from '../../server/runtime/index.ts';
import { runCli, startCli } from '../support/child.ts';
import { eventually } from '../support/eventually.ts';
import { TestServer } from '../support/server.ts';

/** The rows of a table by the names in its head; cells are at least two spaces apart. */
function rowsOf(table: string): Record<string, string>[] {
  const [head = [], ...rows] = table
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {2,}/));
  return rows.map((cells) => Object.fromEntries(head.map((name, i) => [name, cells[i] ?? ''])));
}

const linesOf = (text: string): Record<string, unknown>[] =>
  text
    .trimEnd()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

describe('the commands that talk to a server', () => {
  let server: TestServer;

  before(async () => {
    server = await TestServer.start();
    const { runtime } = server;
    await runtime.addProcessor({ type: 'SineGenerator', id: 'tone' });
    await runtime.addProcessor({ type: 'LevelMeter', id: 'meter' });
    await runtime.connect(outputPort('tone', 'audio'), inputPort('meter', 'audio'), { id: 'wire' });
    await runtime.start();
  });

  after(() => server.close());

  async function run(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await runCli(args, { env: { STREAMLIB_URL: server.url } });
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    return stdout;
  }

  it('status says what the runtime does, in every format', async () => {
    const [row] = rowsOf(await run('status'));
    assert.equal(row?.STATUS, 'running');
    assert.equal(row?.REVISION, '3');
    const json = JSON.parse(await run('status', '-o', 'json'));
    assert.deepEqual([json.status, json.revision, json.effective_revision], ['running', 3, 3]);
    const yaml = parse(await run('status', '--output', 'yaml'));
    assert.deepEqual({ ...yaml, as_of_sequence: 0 }, { ...json, as_of_sequence: 0 });
  });

  it('takes the address from --url before the environment', async () => {
    const { code, stdout } = await runCli(['status', '--url', server.url], {
      env: { STREAMLIB_URL: 'http://127.0.0.1:1' },
    });
    assert.equal(code, 0);
    assert.equal(rowsOf(stdout)[0]?.STATUS, 'running');
  });

  it('ps lists processors with state and counts', async () => {
    await eventually(
      async () => (await server.runtime.getProcessor('meter')).metrics?.framesIn !== 0n,
      'frames',
    );
    const rows = rowsOf(await run('ps'));
    assert.deepEqual(
      rows.map(({ ID, TYPE, STATE }) => [ID, TYPE, STATE]),
      [
        ['api-server', 'ApiServer', 'running'],
        ['meter', 'LevelMeter', 'running'],
        ['tone', 'SineGenerator', 'running'],
      ],
    );
    assert.ok(Number(rows[1]?.IN) > 0);
    const { processors } = JSON.parse(await run('ps', '-o', 'json'));
    assert.deepEqual(
      processors.map((processor: { processor_id: string; state: string }) => processor.state),
      ['running', 'running', 'running'],
    );
  });

  it('plan says who sits where and why, and --apply moves nobody where nothing is to be gained', async () => {
    const rows = rowsOf(await run('plan'));
    assert.deepEqual(
      rows.map(({ ID, LANE }) => [ID, LANE]),
      [
        ['meter', 'lane-1'],
        ['tone', 'lane-1'],
      ],
    );
    assert.match(rows[0]?.WHY ?? '', /^beside tone: /);
    assert.match(rows[0]?.['BUSY %'] ?? '', /^~?\d+\.\d$/);
    assert.equal(JSON.parse(await run('plan', '-o', 'json')).lanes[0].kind, 'shared');
    assert.equal(await run('plan', '--apply'), 'MOVED  FROM  TO  WHY\n');
    assert.equal(JSON.parse(await run('plan', '--apply', '-o', 'json')).unchanged, true);
  });

  it('types lists the types, describes one, and suggests names near an unknown one', async () => {
    const rows = rowsOf(await run('types'));
    const gain = rows.find(({ NAME }) => NAME === 'Gain');
    assert.deepEqual([gain?.INPUTS, gain?.OUTPUTS], ['audio_in:AudioFrame<*>', 'audio_out:AudioFrame<*>']);
    const text = await run('types', 'Gain');
    assert.match(text, /^ {2}input {3}audio_in \(AudioFrame<\*>\): /m);
    assert.match(text, /^ {2}config {2}gain \(number, default 1\): /m);
    assert.equal(parse(await run('types', 'Gain', '-o', 'yaml')).config_schema.properties.gain.default, 1);

    const { code, stderr } = await runCli(['types', 'Gian'], { env: { STREAMLIB_URL: server.url } });
    assert.equal(code, 1);
    assert.match(stderr, /^streamlib types: name .*"Gian".*Gain/);
  });

  it('tap prints frames, and says what is wrong', async () => {
    const frames = linesOf(await run('tap', 'wire', '--count', '3', '--max-rate', '1000'));
    assert.deepEqual(
      frames.map(({ frame }) => Object.keys(frame as object)),
      [['audio'], ['audio'], ['audio']],
    );
    const [cut] = linesOf(await run('tap', 'wire', '-n', '1', '--max-bytes', '16'));
    assert.equal(cut?.truncated, true);
    for (const { args, code, want } of [
      { args: ['nothing'], code: 1, want: /^streamlib tap: .*link.*"nothing"/ },
      { args: ['wire', '--max-rate', '2000'], code: 1, want: /^streamlib tap: max_rate .*2000/ },
      { args: ['wire', '--count', 'many'], code: 2, want: /--count must be a number above 0, was "many"/ },
      { args: [], code: 2, want: /LINK/ },
    ]) {
      const answer = await runCli(['tap', ...args], { env: { STREAMLIB_URL: server.url } });
      assert.equal(answer.code, code, answer.stderr);
      assert.match(answer.stderr, want);
    }
  });

  it('events prints what is kept and ends', async () => {
    const events = linesOf(await run('events', '-o', 'json'));
    const types = new Set(events.map(({ type }) => type));
    for (const type of ['ProcessorAdded', 'LinkAdded', 'GraphCommitted', 'RuntimeStateChanged']) {
      assert.ok(types.has(type), `${type} is kept`);
    }
    const sequences = events.map(({ sequence }) => Number(sequence));
    assert.deepEqual(
      sequences,
      sequences.toSorted((a, b) => a - b),
    );
  });

  const added = { type: 'ProcessorAdded' };
  for (const { name, args, want } of [
    { name: 'type', args: ['--type', 'ProcessorAdded'], want: [added, added] },
    { name: 'types', args: ['--type', 'LinkAdded', '--type', 'LinkRemoved'], want: [{ type: 'LinkAdded' }] },
    { name: 'topic', args: ['--topic', 'processor:to*', '--type', 'ProcessorAdded'], want: [added] },
    { name: 'processor', args: ['--processor', 'meter', '--type', 'ProcessorAdded'], want: [added] },
    { name: 'link', args: ['--link', 'wire', '--type', 'LinkAdded'], want: [{ type: 'LinkAdded' }] },
    { name: 'nothing that there is', args: ['--topic', 'none'], want: [] },
  ]) {
    it(`events filters by ${name}`, async () => {
      const events = linesOf(await run('events', '-o', 'json', ...args));
      assert.deepEqual(
        events.map(({ type }) => ({ type })),
        want,
      );
    });
  }

  it('events goes on after a cursor, and writes tables and YAML documents', async () => {
    const [first, second] = linesOf(await run('events', '-o', 'json', '--type', 'ProcessorAdded'));
    const after = ['events', '--type', 'ProcessorAdded', '--after', String(first?.cursor)];
    const line = await run(...after);
    assert.match(line, /^\d{4}-\S+Z +\d+ {2}processor:meter {2}ProcessorAdded {2}\{"processor_id":"meter"/);
    const documents = parseAllDocuments(await run(...after, '-o', 'yaml')).map((document) => document.toJS());
    assert.deepEqual(documents, [second]);
  });

  it('events refuses a type that does not exist', async () => {
    const { code, stderr } = await runCli(['events', '--type', 'Nope'], {
      env: { STREAMLIB_URL: server.url },
    });
    assert.equal(code, 1);
    assert.match(stderr, /^streamlib events: types\[0\] .*"Nope"/);
  });

  it('events -f follows what comes until a signal', async () => {
    const env = { STREAMLIB_URL: server.url };
    await using child = startCli(['events', '-f', '-o', 'json', '--topic', 'test'], { env });
    await eventually(() => {
      server.runtime.events.publish('test', { name: 'ping' });
      return child.stdout.includes('"ping"');
    }, 'the event is printed');
    child.kill('SIGINT');
    const { code, stdout } = await child.end();
    assert.equal(code, 0);
    assert.ok(linesOf(stdout).every(({ topic }) => topic === 'test'));
  });
});
