import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { Child, ROOT } from '../../support/child.ts';

const FOLDER = `${ROOT}clients/go/`;
const TIMEOUT_MS = 600_000;

/** A line of `go test -json`. */
interface TestEvent {
  readonly Action: string;
  readonly Test?: string;
  readonly Output?: string;
}

/** What became of one test, those within it included. */
interface Outcome {
  action: string;
  output: string;
}

const NAMES = globSync('*_test.go', { cwd: FOLDER })
  .sort()
  .flatMap((file) => [...readFileSync(FOLDER + file, 'utf8').matchAll(/^func (Test\w+)\(t \*testing\.T\)/gm)])
  .map(([, name = '']) => name);

/** By the names of the tests; what belongs to none is under the empty name. */
function outcomesOf(text: string): Map<string, Outcome> {
  const outcomes = new Map<string, Outcome>();
  for (const line of text.split('\n').filter((each) => each.startsWith('{'))) {
    const { Action: action, Test: test = '', Output: output = '' } = JSON.parse(line) as TestEvent;
    const [name = '', within] = test.split('/');
    const outcome = outcomes.get(name) ?? { action: '', output: '' };
    outcomes.set(name, outcome);
    outcome.output += output;
    if (within === undefined && ['pass', 'fail', 'skip'].includes(action)) outcome.action = action;
  }
  return outcomes;
}

describe('the client in Go', () => {
  let outcomes = new Map<string, Outcome>();
  let problems = '';

  before(async function () {
    this.timeout(TIMEOUT_MS);
    const args = ['scripts/go-client.mjs', 'test', '-json', '-count=1', '-timeout=9m', './...'];
    await using tests = new Child(process.execPath, args, { env: { STREAMLIB_TEST_NODE: process.execPath } });
    const { stdout, stderr } = await tests.end();
    outcomes = outcomesOf(stdout);
    problems = `${stderr}${outcomes.get('')?.output}`;
  });

  for (const name of NAMES) {
    it(name, () => {
      const { action, output } = outcomes.get(name) ?? { action: 'not run', output: problems };
      assert.equal(action, 'pass', output);
    });
  }

  it('has no tests that are not listed here', () => {
    const run = [...outcomes.keys()].filter((name) => name !== '').sort();
    assert.deepEqual(run, NAMES.toSorted(), problems);
  });
});
