import { extname } from 'node:path';

const at = (path: string): string => new URL(`${path}${extname(import.meta.url)}`, import.meta.url).href;

/** The lists of processor types that streamlib comes with; lanes load them by address. */
export const BUILT_IN_REGISTRIES: readonly string[] = [
  at('./processors/index'),
  at('./rpc/index'),
  at('./pipelines/parts/index'),
  at('./trading/index'),
];
