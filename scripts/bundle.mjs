// node scripts/bundle.mjs [DIR]: the JavaScript of the package, in few files. A lane of 84 modules starts in twice the
// time that the same code takes in one, and each module costs its thread memory.
import { readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const server = join(root, 'server');

/** What is loaded by its address: commands, package exports, threads and registries. All else goes into shared chunks. */
const ENTRIES = [
  'main.ts',
  'index.ts',
  'processor.ts',
  'processors/index.ts',
  'pipelines/parts/index.ts',
  'rpc/index.ts',
  'trading/index.ts',
  'trading/backtest/job/backtest-thread.ts',
  'trading/strategies/validation-thread.ts',
  'runtime/lane/lane-entry.ts',
  'runtime/journal/journal-thread.ts',
];

/** Packages of many small modules, which cost a short command more than all that it does. */
const BUNDLED = /^@(bufbuild|connectrpc)\//;
const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const external = Object.keys(dependencies).filter((name) => !BUNDLED.test(name));

/** A module's own address is where it would lie unbundled, as seen from the folder of the chunks. */
const addresses = {
  name: 'addresses',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      if (!source.includes('import.meta.url') || !/[\\/](server|native)[\\/]/.test(path)) return undefined;
      const place = JSON.stringify(
        `./${relative(server, path).replaceAll('\\', '/').replace(/\.ts$/, '.js')}`,
      );
      const contents = source.replaceAll('import.meta.url', `new URL(${place}, import.meta.url).href`);
      return { contents, loader: 'ts' };
    });
  },
};

const outdir = resolve(root, process.argv[2] ?? 'dist', 'server');
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: ENTRIES.map((entry) => join(server, entry)),
  outbase: server,
  outdir,
  chunkNames: 'chunk-[hash]',
  bundle: true,
  splitting: true,
  metafile: true,
  external: external.flatMap((name) => [name, `${name}/*`]),
  format: 'esm',
  platform: 'node',
  target: 'node24',
  charset: 'utf8',
  // Text that V8 keeps for each thread. Names stay, and lines are short, so that a stack trace leads somewhere.
  minifyWhitespace: true,
  lineLimit: 200,
  minifySyntax: true,
  logLevel: 'warning',
  plugins: [addresses],
});

// Addresses hold in the folder of the chunks only.
for (const [output, { inputs }] of Object.entries(metafile.outputs)) {
  if (dirname(join(root, output)) === outdir) continue;
  for (const input of Object.keys(inputs)) {
    if (readFileSync(join(root, input), 'utf8').includes('import.meta.url')) {
      throw new Error(
        `${input} asks for its own address and was put into ${output}: let a second entry use it`,
      );
    }
  }
}
