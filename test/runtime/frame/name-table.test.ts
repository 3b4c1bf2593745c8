import assert from 'node:assert/strict';
import { Worker } from 'node:worker_threads';
import {
  createNameTable,
  NameTable,
  threadNames,
  useNames,
} from '../../../server/runtime/frame/name-table.ts';

describe('the table of names', () => {
  it('gives a name the same id in every thread view, and the name back', () => {
    const memory = createNameTable(100);
    const first = new NameTable(memory);
    const second = new NameTable(memory);
    const names = ['cpu', 'größe', '', 'a'.repeat(255), 'DataFrame'];
    const ids = names.map((name) => first.intern(name));
    assert.equal(new Set(ids).size, names.length);
    assert.deepEqual(
      names.map((name) => second.intern(name)),
      ids,
    );
    assert.deepEqual(
      ids.map((id) => new NameTable(memory).nameOf(id)),
      names,
    );
    assert.equal(second.size, names.length);
  });

  it('says that it is full, naming the name, and goes on to answer for those it has', () => {
    const table = new NameTable(createNameTable(16));
    const id = table.intern('name 0');
    const fill = () => {
      for (let i = 0; i < 100; i++) table.intern(`name ${i}`);
    };
    assert.throws(fill, {
      code: 'QUOTA',
      message: /^the table of names is full with 16 names, no room for "name 16"$/,
    });
    assert.equal(table.intern('name 0'), id);
  });

  it('refuses a name that is too long', () => {
    assert.throws(() => threadNames().intern('ä'.repeat(128)), { code: 'FIELD_INVALID', message: /was 256/ });
  });

  it('gives threads that intern the same names at the same time the same ids', async () => {
    const memory = createNameTable(4000);
    const url = new URL('../../../server/runtime/frame/name-table.ts', import.meta.url).href;
    const code = `
      const { parentPort, workerData } = require('node:worker_threads');
      import(${JSON.stringify(url)}).then(({ NameTable }) => {
        const table = new NameTable(workerData.memory);
        const gate = new Int32Array(workerData.gate);
        Atomics.add(gate, 0, 1);
        while (Atomics.load(gate, 0) < 2);
        const ids = [];
        for (let i = 0; i < 2000; i++) ids.push(table.intern('name ' + i));
        parentPort.postMessage(ids);
      });`;
    const gate = new SharedArrayBuffer(4);
    const run = () =>
      new Promise<number[]>((resolve, reject) => {
        const worker = new Worker(code, { eval: true, workerData: { memory, gate } });
        worker.once('message', resolve);
        worker.once('error', reject);
      });
    const [first, second] = await Promise.all([run(), run()]);
    assert.deepEqual(first, second);
    assert.equal(new Set(first).size, 2000);
    const table = new NameTable(memory);
    assert.equal(table.size, 2000);
    assert.equal(table.nameOf(first[1234] as number), 'name 1234');
  });

  it('is not exchanged under a thread that uses it', () => {
    threadNames().intern('used');
    assert.throws(() => useNames(createNameTable()), { code: 'INTERNAL' });
    useNames(threadNames().memory);
  });
});
