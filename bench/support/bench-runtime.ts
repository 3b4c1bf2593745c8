import { createLog } from '../../server/runtime/logging.ts';
import { StreamRuntime } from '../../server/runtime/stream-runtime.ts';
import type { StreamRuntimeOptions } from '../../server/runtime/stream-runtime-options.ts';

const at = (path: string): string => new URL(path, import.meta.url).href;

/** The built-in types and those of bench/. */
export const BENCH_REGISTRIES: readonly string[] = [
  at('../../server/processors/index.ts'),
  at('../../server/rpc/index.ts'),
  at('../processors/index.ts'),
];

/** A silent runtime of one benchmark. Disposing it closes it. */
export async function createBenchRuntime(
  options: StreamRuntimeOptions = {},
): Promise<{ readonly runtime: StreamRuntime } & AsyncDisposable> {
  const log = createLog({ '': 'silent' });
  const runtime = await StreamRuntime.create({ registries: BENCH_REGISTRIES, log, ...options });
  return { runtime, [Symbol.asyncDispose]: () => runtime.close(1000) };
}
