import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { StrategyFiles } from '../../../server/trading/strategies/strategy-files.ts';
import { StrategyStore } from '../../../server/trading/strategies/strategy-store.ts';
import { useTemporaryFolder } from '../../support/temporary-folder.ts';

const upload = (code: string) => ({ name: 'mine', code, source: 'upload' as const });
const builtIn = (code: string) => ({ name: 'mine', code, source: 'built_in' as const });

describe('StrategyStore', () => {
  const path = useTemporaryFolder();
  const open = (folder: string, options = {}) => new StrategyStore(new StrategyFiles(path(folder)), options);
  const standOf = (store: StrategyStore) =>
    store.has('mine') ? store.versionsOf('mine').map(({ version, code }) => `${version} ${code}`) : [];

  it('never uses a number again, whatever was removed', () => {
    const store = open('numbers');
    for (const code of ['a', 'b']) store.put(upload(code));
    store.remove('mine', 2);
    assert.deepEqual(standOf(open('numbers')), ['1 a']);
    open('numbers').put(upload('c'));
    assert.deepEqual(standOf(open('numbers')), ['1 a', '3 c']);
    open('numbers').remove('mine');
    assert.equal(open('numbers').put(upload('d')).version.version, 4);
  });

  for (const { name, before, stand } of [
    { name: 'adds one that nobody knew', before: () => {}, stand: ['1 new'] },
    {
      name: 'adds a version where the package has other code now',
      before: (store: StrategyStore) => store.ensure(builtIn('old')),
      stand: ['1 old', '2 new'],
    },
    {
      name: 'adds none where the code is the same',
      before: (store: StrategyStore) => store.ensure(builtIn('new')),
      stand: ['1 new'],
    },
    {
      name: 'leaves what a user has uploaded the newest',
      before: (store: StrategyStore) => {
        store.ensure(builtIn('old'));
        store.put(upload('theirs'));
      },
      stand: ['1 old', '2 theirs'],
    },
    {
      name: 'leaves one that a user has removed away',
      before: (store: StrategyStore) => {
        store.ensure(builtIn('old'));
        store.remove('mine');
      },
      stand: [],
    },
  ])
    it(`that is to ensure what comes with the package ${name}`, () => {
      before(open(name));
      const store = open(name);
      store.ensure(builtIn('new'));
      assert.deepEqual(standOf(store), stand);
    });

  it('that is read only shows what comes with the package, writes nothing and refuses every change', () => {
    open('kept').put(upload('a'));
    const files = () => readdirSync(path('kept'), { recursive: true });
    const filesBefore = files();
    const store = open('kept', { readOnly: true });
    store.ensure({ ...builtIn('b'), name: 'other' });
    assert.deepEqual(store.names, ['mine', 'other']);
    for (const change of [() => store.put(upload('c')), () => store.remove('mine')])
      assert.throws(change, { code: 'JOURNAL_READ_ONLY' });
    store.quarantine('mine', 1);
    assert.deepEqual(files(), filesBefore);
    assert.deepEqual(standOf(store), ['1 a']);
  });
});
