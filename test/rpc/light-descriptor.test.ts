import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

const REGISTRY = new URL('../../server/rpc/index.ts', import.meta.url).href;

/** Prints the packages that importing the list and the descriptor of the server loads. */
const SCRIPT = `
  import { registerHooks } from 'node:module';
  const loaded = new Set();
  registerHooks({
    load(url, context, next) {
      const name = /node_modules\\/((?:@[^/]+\\/)?[^/]+)\\/(?!.*node_modules)/.exec(url)?.[1];
      if (name !== undefined) loaded.add(name);
      return next(url, context);
    },
  });
  const { processorTypes } = await import(${JSON.stringify(REGISTRY)});
  for (const { load } of processorTypes) await load();
  console.log(JSON.stringify([...loaded]));
`;

describe('the descriptor of ApiServer', () => {
  it('loads no HTTP package', async () => {
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', SCRIPT]);
    const loaded = JSON.parse(stdout) as string[];
    assert.ok(loaded.includes('@bufbuild/protobuf'), 'the hook sees what is loaded');
    assert.deepEqual(
      loaded.filter((name) => /^(fastify|ws|@fastify\/.*|@connectrpc\/.*)$/.test(name)),
      [],
    );
  });
});
