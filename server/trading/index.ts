import type { ProcessorTypeEntry } from '../runtime/processor.ts';

/** The processor types of trading. A lane loads only the files of the types that it hosts. */
export const processorTypes: ProcessorTypeEntry[] = [
  { type: 'CsvMarketFeed', load: () => import('./feeds/csv-market-feed.ts') },
  { type: 'ReplayFeed', load: () => import('./feeds/replay-feed.ts') },
  { type: 'SymbolRunner', load: () => import('./runner/symbol-runner.ts') },
  { type: 'SyntheticFeed', load: () => import('./feeds/synthetic-feed.ts') },
  { type: 'TradingEngine', load: () => import('./runner/trading-engine.ts') },
];
