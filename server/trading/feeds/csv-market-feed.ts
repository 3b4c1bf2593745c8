import { SOURCE_INTERVAL_US } from '../../recordings/call-pace.ts';
import { MarketData } from '../../runtime/frame/market-data.ts';
import type { JsonObject } from '../../runtime/json.ts';
import type { Processor, ProcessorDescriptor, ProcessorIo, RuntimeContext } from '../../runtime/processor.ts';
import { CsvMarketReader } from './csv-market-reader.ts';
import { FEED_OPTIONS, FILE_OPTIONS, RECORDED_PACE_OPTIONS } from './feed-options.ts';
import { FeedPlayer } from './feed-player.ts';
import { recordedState, restoreRecorded } from './recorded-state.ts';

const COLUMN = { type: 'string', maxLength: 255, default: '' } as const;

const descriptor = {
  name: 'CsvMarketFeed',
  version: 1,
  description:
    'Plays ticks, quotes or bars from a CSV file (RFC 4180, header row, UTF-8, gzip if its name ends in .gz). Columns go by their usual names, or as `columns` says. The price of a bar is its close, that of a quote the middle. The file is read as it plays, and only while the output has a link. At its end the processor ends. A restart goes on behind the last tick that was sent. What is wrong with the ticks is counted and published as FeedReport on the topic feed:{processor id}.',
  tags: ['market', 'source', 'file'],
  inputs: {},
  outputs: { market: { frame: MarketData, description: 'One frame per row.' } },
  configSchema: {
    type: 'object',
    additionalProperties: false,
    required: ['path'],
    properties: {
      ...FILE_OPTIONS,
      symbol: {
        type: 'string',
        description: 'The symbol of every row. Empty: a column tells it.',
        pattern: '^([A-Z0-9][A-Z0-9:._/-]{0,63})?$',
        default: '',
      },
      columns: {
        type: 'object',
        description:
          'Which column is what, as {"price": "close"}. What is not named, or empty, goes by the usual names.',
        additionalProperties: false,
        properties: {
          timestamp: COLUMN,
          symbol: COLUMN,
          price: COLUMN,
          size: COLUMN,
          bid: COLUMN,
          ask: COLUMN,
          open: COLUMN,
          high: COLUMN,
          low: COLUMN,
          close: COLUMN,
          volume: COLUMN,
        },
        default: {},
      },
      timestamp_unit: {
        type: 'string',
        description:
          'iso: ISO 8601 text, UTC unless it says otherwise. s, ms, us: a number since the Unix epoch.',
        enum: ['iso', 's', 'ms', 'us'],
        default: 'iso',
      },
      delimiter: {
        type: 'string',
        description: 'The character between two cells.',
        minLength: 1,
        maxLength: 1,
        pattern: '^[^"\\r\\n]$',
        default: ',',
      },
      ...RECORDED_PACE_OPTIONS,
      ...FEED_OPTIONS,
    },
  },
  scheduling: { kind: 'loop', intervalUs: SOURCE_INTERVAL_US },
  async: true,
} as const satisfies ProcessorDescriptor;

type Context = RuntimeContext<typeof descriptor>;

/** Market data from a table. */
export default class CsvMarketFeed implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #player: FeedPlayer | undefined;

  async setup({ config, clock, log }: Context): Promise<void> {
    const { path, symbol, columns, delimiter, timestamp_unit, on_error } = config;
    const skips = on_error === 'skip';
    const options = { path, symbol, columns, delimiter, timestampUnit: timestamp_unit, skips, log };
    const reader = new CsvMarketReader(options);
    this.#player = new FeedPlayer(reader, config, { clock });
    await reader.open();
  }

  checkpoint({ config }: Context): JsonObject | undefined {
    return recordedState(config.path, this.#player);
  }

  restore(
    state: JsonObject,
    { processorType }: { readonly processorType: string },
    { config }: Context,
  ): void {
    if (processorType === descriptor.name) restoreRecorded(state, config.path, this.#player);
  }

  async process({ outputs }: ProcessorIo<typeof descriptor>, ctx: Context): Promise<void> {
    await this.#player?.play(outputs.market, ctx);
  }

  async teardown(): Promise<void> {
    await this.#player?.close();
  }
}
