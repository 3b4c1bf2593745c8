// Who may import whom: section 9 of the design, shown as a picture in docs/architecture.md.
// Type-only imports count for the direction of a rule; "at run time" rules look past them.

import './scripts/lint/swc-using.mjs';

const RUNTIME = 'server/runtime/';
// What a lane's thread loads: kept free of generated code and npm libraries, which cost each lane megabytes.
const LANE_FOLDERS = `^(${RUNTIME}(lane|link|tap|frame|av)|server/pipelines/nodes)/`;
const LANE_FILES = `^${RUNTIME}(${[
  'processor|operations|commands|command-operations|request-messages|errors|ids|clock|even-pace|vocabulary|json|log|duration-histogram|work-queue',
  'events/(bus|topics|custom-event)',
  'queue/(runtime-proxy|command-slots|cancellation)',
].join('|')})\\.ts$`;
const NPM = 'node_modules/';
const HTTP_PACKAGES = 'node_modules/(fastify|ws|@connectrpc|@fastify)(/|$)';

function forbid(name, comment, from, to) {
  return { name, comment, severity: 'error', from, to };
}

function mayImportOnly(name, comment, from, allowed, to = {}) {
  return forbid(name, comment, from, { pathNot: allowed, ...to });
}

const directions = [
  forbid(
    'gen-stands-alone',
    'generated code imports itself and npm packages',
    { path: '^gen/' },
    { path: '^(?!gen/|node_modules/)[^/]+/' },
  ),
  forbid(
    'clients-know-gen',
    'a client knows the schema, never the server',
    { path: '^clients/' },
    { path: '^(server|native|scripts)/' },
  ),
  forbid(
    'native-stands-alone',
    'native/ is below everything',
    { path: '^native/' },
    { path: '^(server|gen|clients)/' },
  ),
  forbid(
    'rpc-goes-through-index',
    'rpc sees gen and the public surface of runtime, graph-file, pipelines and trading',
    { path: '^server/rpc/', pathNot: '^server/rpc/(api-server\\.ts$|rest/)' },
    {
      path: '^(server|native)/',
      pathNot: '^server/(rpc/|(runtime|graph-file|pipelines|trading)/index\\.ts$)',
    },
  ),
  forbid(
    'graph-files-see-runtime',
    'graph-file sees gen and the public surface of runtime',
    { path: '^server/graph-file/' },
    { path: '^(server|native)/', pathNot: '^server/(graph-file/|runtime/index\\.ts$)' },
  ),
  forbid(
    'api-server-is-a-processor',
    'the ApiServer processor sees what rpc sees and the processor contract',
    { path: '^server/rpc/api-server\\.ts$' },
    {
      path: '^(server|native)/',
      pathNot: '^server/(rpc/|runtime/processor\\.ts$|(runtime|pipelines|trading)/index\\.ts$)',
    },
  ),
  forbid(
    'transcoder-is-a-library',
    'rpc/rest/ knows nothing of streamlib, so that it can become a package of its own',
    { path: '^server/rpc/rest/' },
    { path: '^(server|native|gen/ts/streamlib)/', pathNot: '^server/rpc/rest/' },
  ),
  forbid(
    'rooms-see-runtime',
    'processors, pipelines and trading see the runtime and recordings, and not each other',
    { path: '^server/(processors|pipelines|trading|recordings)/' },
    {
      path: '^(server|native)/',
      // What a lane has loaded anyway costs a processor nothing.
      pathNot: [`^server/($1|recordings)/`, `^${RUNTIME}index\\.ts$`, `^${RUNTIME}(frame|av)/`, LANE_FILES],
    },
  ),
  forbid(
    'runtime-looks-down',
    'the runtime knows nothing of what is built on it',
    { path: `^${RUNTIME}` },
    { path: '^(server|clients|scripts)/', pathNot: `^${RUNTIME}` },
  ),
  forbid(
    'runtime-sees-native-index',
    'native/ has one door',
    { path: `^${RUNTIME}` },
    { path: '^native/', pathNot: '^native/index\\.ts$' },
  ),
  forbid(
    'only-runtime-sees-native',
    'native/ has one user',
    { path: '^server/(?!runtime/)' },
    { path: '^native/' },
  ),
  forbid(
    'runtime-speaks-no-http',
    'an embedder loads no HTTP package',
    { path: '^(server/(?!rpc/|cli/)|native/)' },
    { path: HTTP_PACKAGES },
  ),
  forbid(
    'cli-is-a-root',
    'only main.ts composes the command line',
    { path: '^server/(?!cli/|main\\.ts$)' },
    { path: '^server/cli/' },
  ),
  forbid(
    'index-is-for-outside',
    'server/index.ts and server/processor.ts are for other programs',
    { path: '^server/' },
    { path: '^server/(index|processor)\\.ts$' },
  ),
  forbid(
    'examples-are-users',
    'an example imports what a user can import',
    { path: '^examples/' },
    { path: '^(server|native)/', pathNot: '^server/(index|processor)\\.ts$' },
  ),
];

const runTime = [
  mayImportOnly(
    'lane-is-light',
    'a lane loads neither generated code nor a library: each costs every lane megabytes',
    { path: [LANE_FOLDERS, LANE_FILES, '^server/processor\\.ts$'] },
    [LANE_FOLDERS, LANE_FILES, '^native/index\\.ts$'],
    { dependencyTypesNot: ['core', 'type-only', 'type-import'] },
  ),
  forbid(
    'processors-are-light',
    'a lane loads a processor: it takes the contract and the frame types, and heavy libraries inside setup',
    { path: '^server/(processors|recordings|trading/(feeds|market))/' },
    {
      path: ['^gen/', NPM, `^${RUNTIME}index\\.ts$`],
      dependencyTypesNot: ['type-only', 'type-import', 'dynamic-import'],
    },
  ),
];

const graph = [
  mayImportOnly(
    'graph-is-pure',
    'graph/ is data and pure functions: no thread, no I/O, no clock',
    { path: `^${RUNTIME}graph/` },
    [`^${RUNTIME}graph/`, `^${RUNTIME}(ids|errors|json|vocabulary)\\.ts$`, '^node_modules/sorted-btree/'],
  ),
];

const journal = [
  mayImportOnly(
    'journal-knows-bytes',
    'journal/ is records and files: nothing of graphs, commands or the schema',
    { path: `^${RUNTIME}journal/` },
    [`^${RUNTIME}journal/`, `^${RUNTIME}errors\\.ts$`],
    { dependencyTypesNot: ['core'] },
  ),
];

const roots = [
  forbid('nothing-imports-main', 'main.ts is run, never imported', {}, { path: '^server/main\\.ts$' }),
  // The benchmarks may: they are tests of how long something takes.
  forbid(
    'nothing-imports-test',
    'test support stays in test/ and bench/',
    { pathNot: '^(test|bench)/' },
    { path: '^test/' },
  ),
  forbid(
    'nothing-imports-bench',
    'bench support stays in bench/',
    { pathNot: '^bench/' },
    { path: '^bench/' },
  ),
  forbid(
    'nothing-imports-examples',
    'examples are run, never imported',
    { pathNot: '^examples/' },
    { path: '^examples/' },
  ),
];

const hygiene = [
  forbid(
    'no-cycle',
    'two files that need each other at run time are one idea, or need a third',
    {},
    {
      circular: true,
      viaOnly: { dependencyTypesNot: ['type-only', 'type-import'] },
    },
  ),
  forbid('no-orphan', 'a module that nothing uses', { orphan: true, path: '^server/' }, {}),
  forbid('resolvable', 'an import that leads nowhere', {}, { couldNotResolve: true }),
  forbid(
    'declared',
    'packages stand in package.json',
    {},
    { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'deprecated'] },
  ),
  forbid(
    'no-development-packages',
    'what is packed needs only what is installed with it',
    { path: '^(server|native|gen)/' },
    { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only', 'type-import'] },
  ),
];

export default {
  forbidden: [...directions, ...runTime, ...graph, ...journal, ...roots, ...hygiene],
  options: {
    // TypeScript 7 has no JavaScript API; swc reads the same syntax and keeps type-only imports apart.
    parser: 'swc',
    doNotFollow: { path: '^node_modules/' },
    exclude: { path: '^clients/typescript/dist/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['node', 'import', 'types', 'default'],
      extensions: ['.ts', '.mjs', '.js', '.json', '.d.ts'],
    },
  },
};
