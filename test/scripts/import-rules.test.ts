import assert from 'node:assert/strict';
import { join } from 'node:path';
import { ROOT, runToolOn } from './throwaway-project.ts';

/** A project that breaks each rule once or more; the imports that stand in no `want` are allowed ones. */
const FILES = {
  'package.json':
    '{"type":"module","dependencies":{"ajv":"1","fastify":"1","sorted-btree":"1","yaml":"1"},"devDependencies":{"mocha":"1"}}',
  ...fakePackages('ajv', 'fastify', 'mocha', 'sorted-btree', 'undeclared', 'yaml'),
  'gen/ts/streamlib/v1/link_pb.ts': 'export const link = 1; export type Link = 1;',
  'gen/ts/google/api/http_pb.ts': "import '../../../../server/runtime/ids.ts';",
  'native/index.ts': "import './native.ts'; import '../server/runtime/ids.ts';",
  'native/native.ts': "import 'node:fs';",
  'server/main.ts': "import './cli/table.ts'; import './rpc/api-server.ts'; import './processors/index.ts';",
  'server/index.ts': "import './runtime/index.ts'; import './processors/index.ts';",
  'server/unused.ts': 'export const unused = 1;',
  'server/cli/table.ts':
    "import '../runtime/ids.ts'; import './nowhere.ts'; import 'mocha'; import 'undeclared';",
  'server/rpc/api-server.ts':
    "import '../runtime/processor.ts'; import '../runtime/clock.ts'; import './rest/route.ts';",
  'server/rpc/link-service.ts':
    "import '../runtime/index.ts'; import '../../gen/ts/streamlib/v1/link_pb.ts'; import 'fastify'; import type { Ids } from '../runtime/ids.ts'; import '../cli/table.ts';",
  'server/rpc/rest/route.ts': "import 'ajv'; import '../../../gen/ts/streamlib/v1/link_pb.ts';",
  'server/processors/index.ts': "export const load = () => import('./gain.ts');",
  'server/processors/gain.ts':
    "import '../runtime/processor.ts'; import '../runtime/frame/audio.ts'; import type { Runtime } from '../runtime/index.ts'; import './wav.ts'; export const load = () => import('yaml');",
  'server/processors/wav.ts':
    "import './gain.ts'; import 'yaml'; import '../pipelines/index.ts'; import '../recordings/pacer.ts';",
  'server/recordings/pacer.ts': "import '../runtime/processor.ts';",
  'server/pipelines/index.ts':
    "import '../runtime/index.ts'; import '../index.ts'; import '../../native/index.ts';",
  'server/runtime/index.ts':
    "import './processor.ts'; import './lane/host.ts'; import './graph/apply.ts'; import '../../native/native.ts'; import 'fastify'; import '../main.ts'; import '../../test/support/fixture.ts';",
  'server/runtime/ids.ts': 'export type Ids = 1;',
  'server/runtime/clock.ts': 'export const clock = 1;',
  'server/runtime/processor.ts': "import type { Runtime } from './index.ts';",
  'server/runtime/frame/audio.ts': "import '../ids.ts';",
  'server/runtime/queue/proxy.ts': "import '../../../gen/ts/streamlib/v1/link_pb.ts';",
  'server/runtime/lane/host.ts':
    "import 'node:worker_threads'; import '../../../native/index.ts'; import type { Link } from '../../../gen/ts/streamlib/v1/link_pb.ts'; import '../queue/proxy.ts';",
  'server/runtime/lane/loop.ts':
    "import { link } from '../../../gen/ts/streamlib/v1/link_pb.ts'; import 'ajv';",
  'server/runtime/graph/apply.ts':
    "import 'sorted-btree'; import '../ids.ts'; import 'node:fs'; import 'ajv'; import type { clock } from '../clock.ts';",
  'clients/typescript/client.ts':
    "import '../../gen/ts/streamlib/v1/link_pb.ts'; import '../../server/runtime/ids.ts';",
  'examples/embedded.ts':
    "import '../server/index.ts'; import '../server/runtime/ids.ts'; import '../bench/measure.ts';",
  'bench/measure.ts': "import '../examples/embedded.ts';",
  'test/support/fixture.ts': "import '../../server/runtime/lane/host.ts';",
};

const WANT = [
  'api-server-is-a-processor: server/rpc/api-server.ts > server/runtime/clock.ts',
  'cli-is-a-root: server/rpc/link-service.ts > server/cli/table.ts',
  'clients-know-gen: clients/typescript/client.ts > server/runtime/ids.ts',
  'declared: server/cli/table.ts > node_modules/undeclared/index.js',
  'examples-are-users: examples/embedded.ts > server/runtime/ids.ts',
  'gen-stands-alone: gen/ts/google/api/http_pb.ts > server/runtime/ids.ts',
  'graph-is-pure: server/runtime/graph/apply.ts > fs',
  'graph-is-pure: server/runtime/graph/apply.ts > node_modules/ajv/index.js',
  'graph-is-pure: server/runtime/graph/apply.ts > server/runtime/clock.ts',
  'index-is-for-outside: server/pipelines/index.ts > server/index.ts',
  'lane-is-light: server/runtime/lane/host.ts > server/runtime/queue/proxy.ts',
  'lane-is-light: server/runtime/lane/loop.ts > gen/ts/streamlib/v1/link_pb.ts',
  'lane-is-light: server/runtime/lane/loop.ts > node_modules/ajv/index.js',
  'native-stands-alone: native/index.ts > server/runtime/ids.ts',
  'no-development-packages: server/cli/table.ts > node_modules/mocha/index.js',
  'no-orphan: server/unused.ts > server/unused.ts',
  'nothing-imports-bench: examples/embedded.ts > bench/measure.ts',
  'nothing-imports-examples: bench/measure.ts > examples/embedded.ts',
  'nothing-imports-main: server/runtime/index.ts > server/main.ts',
  'nothing-imports-test: server/runtime/index.ts > test/support/fixture.ts',
  'only-runtime-sees-native: server/pipelines/index.ts > native/index.ts',
  'processors-are-light: server/processors/wav.ts > node_modules/yaml/index.js',
  'resolvable: server/cli/table.ts > ./nowhere.ts',
  'rooms-see-runtime: server/pipelines/index.ts > native/index.ts',
  'rooms-see-runtime: server/pipelines/index.ts > server/index.ts',
  'rooms-see-runtime: server/processors/wav.ts > server/pipelines/index.ts',
  'rpc-goes-through-index: server/rpc/link-service.ts > server/cli/table.ts',
  'rpc-goes-through-index: server/rpc/link-service.ts > server/runtime/ids.ts',
  'runtime-looks-down: server/runtime/index.ts > server/main.ts',
  'runtime-sees-native-index: server/runtime/index.ts > native/native.ts',
  'runtime-speaks-no-http: server/runtime/index.ts > node_modules/fastify/index.js',
  'transcoder-is-a-library: server/rpc/rest/route.ts > gen/ts/streamlib/v1/link_pb.ts',
];

function fakePackages(...names: string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => [
      [`node_modules/${name}/package.json`, `{"name":"${name}","version":"1.0.0","main":"index.js"}`],
      [`node_modules/${name}/index.js`, ''],
    ]),
  );
}

type Violation = { rule: { name: string }; from: string; to: string };

describe('the import rules', () => {
  let found: string[] = [];
  before(() => {
    const folders = ['server', 'native', 'gen', 'clients', 'test', 'bench', 'examples'];
    const config = join(ROOT, '.dependency-cruiser.mjs');
    const args = ['--config', config, '--output-type', 'json', ...folders];
    const { summary } = JSON.parse(runToolOn(FILES, 'depcruise', args)) as {
      summary: { violations: Violation[] };
    };
    found = summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} > ${to}`);
  });

  it('refuse what breaks them and nothing else', () => {
    assert.deepEqual(found.filter((line) => !line.startsWith('no-cycle')).sort(), WANT);
  });

  it('refuse a cycle at run time, and let one of types pass', () => {
    const cycles = found.filter((line) => /^no-cycle: server\/(processors|runtime\/processor)/.test(line));
    assert.deepEqual(cycles, ['no-cycle: server/processors/gain.ts > server/processors/wav.ts']);
  });
});
