import assert from 'node:assert/strict';
import { COMMANDS } from '../../server/cli/commands.ts';
import { runCli } from '../support/child.ts';

/** Command lines that cannot be understood, and the first line about each. */
const MISUSES: Record<string, { args: string[]; message: string }> = {
  'an unknown command': { args: ['frob'], message: 'unknown command "frob"' },
  'an unknown option': { args: ['ps', '--bogus'], message: "streamlib ps: unknown option '--bogus'" },
  'an option without its value': {
    args: ['serve', '--port'],
    message: "streamlib serve: option '--port <value>' argument missing",
  },
  'a value for a flag': {
    args: ['serve', '--insecure=yes'],
    message: "streamlib serve: option '--insecure' does not take an argument",
  },
  'an operand too many': {
    args: ['serve', 'a.yaml', 'b.yaml'],
    message: 'streamlib serve: takes [graph.yaml], was "a.yaml" "b.yaml"',
  },
  'an operand too few': { args: ['run'], message: 'streamlib run: takes graph.yaml, was nothing' },
  'an operand where none is': { args: ['ps', 'x'], message: 'streamlib ps: takes no operands, was "x"' },
  'an unknown format': {
    args: ['status', '-o', 'xml'],
    message: 'streamlib status: --output must be one of table, json, yaml, was "xml"',
  },
  'a graph file that is not named': {
    args: ['apply', '--dry-run'],
    message: 'streamlib apply: -f FILE is required, was absent',
  },
  'a port that is none': {
    args: ['serve', '--port', '65536'],
    message: 'streamlib serve: --port must be an integer from 0 to 65535, was "65536"',
  },
  'a number that is none': {
    args: ['serve', '--port', '0', '--max-lanes', 'many'],
    message: 'streamlib serve: --max-lanes must be an integer from 1 to 200, was "many"',
  },
  'an interval that is too short': {
    args: ['serve', '--port', '0', '--checkpoint-interval-ms', '9'],
    message: 'streamlib serve: --checkpoint-interval-ms must be an integer from 10 to 86400000, was "9"',
  },
};

const commands = await Promise.all(Object.values(COMMANDS).map((load) => load()));

describe('the command line', () => {
  it('tells what there is', async () => {
    const { code, stdout } = await runCli(['--help']);
    assert.equal(code, 0);
    for (const { name, summary } of commands)
      assert.ok(stdout.includes(summary), `${name} stands in the overview`);
  });

  for (const { name, operands, options } of commands)
    it(`tells what ${name} takes`, async () => {
      const { code, stdout, stderr } = await runCli([name, '--help']);
      assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
      assert.ok(stdout.startsWith(`usage: streamlib ${name} ${operands}`.trimEnd()), stdout);
      for (const [option, { description }] of Object.entries(options)) {
        assert.ok(stdout.includes(`--${option}`), `--${option} stands in the help of ${name}`);
        assert.ok(stdout.includes(description), `--${option} is explained in the help of ${name}`);
      }
    });

  it('answers a call without a command with the overview and exit code 2', async () => {
    const { code, stdout } = await runCli([]);
    assert.equal(code, 2);
    assert.match(stdout, /^usage: streamlib COMMAND/);
  });

  for (const [name, { args, message }] of Object.entries(MISUSES)) {
    it(`refuses ${name} with exit code 2`, async () => {
      const { code, stdout, stderr } = await runCli(args);
      assert.deepEqual({ code, stdout, line: stderr.split('\n')[0] }, { code: 2, stdout: '', line: message });
      assert.match(stderr, /^usage: streamlib /m);
    });
  }

  it('refuses a variable that cannot be understood and names it', async () => {
    const { code, stderr } = await runCli(['serve'], { env: { STREAMLIB_PORT: 'http' } });
    assert.equal(code, 2);
    assert.match(stderr, /^streamlib serve: STREAMLIB_PORT must be an integer from 0 to 65535, was "http"$/m);
  });

  for (const args of [['ps'], ['events', '-f'], ['tap', 'link']])
    it(`says with an exit code of its own when no server answers ${args.join(' ')}`, async () => {
      // A port that nobody can listen on.
      const { code, stderr } = await runCli([...args, '--url', 'http://127.0.0.1:1']);
      assert.equal(code, 3);
      assert.equal(
        stderr,
        `streamlib ${args[0]}: no server answers: connect ECONNREFUSED 127.0.0.1:1; start one with "streamlib serve", or name another with --url or STREAMLIB_URL\n`,
      );
    });

  it('says it in JSON where that is asked for', async () => {
    const { code, stdout, stderr } = await runCli(['ps', '--url', 'http://127.0.0.1:1', '-o', 'json']);
    assert.deepEqual([code, stdout], [3, '']);
    assert.equal(JSON.parse(stderr).error.code, 'unavailable');
  });

  it('says when a graph file is not there', async () => {
    const { code, stderr } = await runCli(['run', 'no-such-graph.yaml']);
    assert.deepEqual({ code, stderr }, { code: 1, stderr: 'no-such-graph.yaml: there is no such file\n' });
  });
});
