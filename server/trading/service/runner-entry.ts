import { isDeepStrictEqual } from 'node:util';
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { RunnerStatsSchema } from '../../../gen/ts/streamlib/v1/runner_snapshot_pb.ts';
import { type PlainError, type ProcessorState, StreamlibError } from '../../runtime/index.ts';
import { Instrument } from '../broker/instrument.ts';
import type { StrategyTick } from '../lua/strategy-types.ts';
import type { RunnerIdentity } from '../messages/order-messages.ts';
import type { RunnerView } from '../runner/runner.ts';
import { closeRunnerChannel, type RunnerChannel, runnerChannel } from '../runner/runner-channel.ts';
import type { RunnerEvent } from '../runner/runner-event.ts';
import { runnerStatsMessage } from './runner-messages.ts';
import type { RunnerPart } from './runner-parts.ts';

/** A runner that does not answer within this time hangs, and is shown as it was. */
const ANSWER_LIMIT_MS = 1000;

/** One runner of the runtime: what the graph has of it, and what its processor is doing. Runtime's thread. */
export class RunnerEntry implements RunnerIdentity, Disposable {
  readonly runnerId: string;
  readonly key: string;
  readonly channel: RunnerChannel;
  #part: RunnerPart;
  #instrument: Instrument;
  #lastView: RunnerView | undefined;
  state: ProcessorState = 'pending';
  error: PlainError | undefined;
  /** Starts after the first. */
  restarts = 0;
  /** The last price in ticks. */
  markTicks: number | undefined;
  /** Whether it ran, so that its end is news. */
  hasStarted = false;

  constructor(part: RunnerPart, onEvents: (entry: RunnerEntry, events: readonly RunnerEvent[]) => void) {
    this.#part = part;
    this.runnerId = part.runnerId;
    this.key = String(part.processor.config.key);
    this.#instrument = instrumentOf(part);
    this.channel = runnerChannel(this.key);
    this.channel.onEvents = (events) => onEvents(this, events);
  }

  get part(): RunnerPart {
    return this.#part;
  }

  get instrument(): Instrument {
    return this.#instrument;
  }

  get symbol(): string {
    return String(this.#part.processor.config.symbol);
  }

  get strategyName(): string {
    return String(this.#part.processor.config.strategy_name ?? '');
  }

  get strategyVersion(): number {
    return Number(this.#part.processor.config.strategy_version ?? 0);
  }

  get windowSize(): number {
    return Number(this.#part.processor.config.window_size ?? 100);
  }

  /** Takes what the graph has now. Answers which of the top-level fields of the runner differ. */
  update(part: RunnerPart): string[] {
    const before = this.#part.processor;
    const { processor } = part;
    this.#part = part;
    this.#instrument = instrumentOf(part);
    const { strategy_name, strategy_version, code: _code, window_size, ...settings } = processor.config;
    const { code: _old, ...old } = before.config;
    return Object.entries({
      strategy_name: [old.strategy_name, strategy_name],
      strategy_version: [old.strategy_version, strategy_version],
      window_size: [old.window_size, window_size],
      config: [
        [{ ...old, strategy_name, strategy_version, window_size }, before.placement, before.supervision],
        [
          { ...settings, strategy_name, strategy_version, window_size },
          processor.placement,
          processor.supervision,
        ],
      ],
      labels: [before.labels, processor.labels],
      paused: [before.paused, processor.paused],
    }).flatMap(([field, [was, is]]) => (isDeepStrictEqual(was, is) ? [] : [field]));
  }

  /** Its counts as they were last looked at. */
  get lastStats(): MessageInitShape<typeof RunnerStatsSchema> | undefined {
    const last = this.channel.lastView ?? this.#lastView;
    return last && runnerStatsMessage(last, this.restarts);
  }

  /** The inside of the runner, as it is or as it was last known; undefined where it never began. */
  async view(): Promise<RunnerView | undefined> {
    try {
      this.#lastView = await within(this.channel.view());
    } catch (error) {
      const { code } = StreamlibError.from(error);
      if (code !== 'NOT_RUNNING' && code !== 'DEADLINE_EXCEEDED') throw error;
    }
    return this.#lastView;
  }

  /** The newest ticks of its window, the oldest first; none where it never began. */
  async history(count: number): Promise<readonly StrategyTick[]> {
    try {
      return await within(this.channel.history(count));
    } catch (error) {
      if (StreamlibError.from(error).code === 'NOT_RUNNING') return [];
      throw error;
    }
  }

  [Symbol.dispose](): void {
    closeRunnerChannel(this.key);
  }
}

function instrumentOf({ processor: { config } }: RunnerPart): Instrument {
  const { symbol, tick_size: tickSize, lot_size: lotSize } = config;
  return new Instrument({
    symbol: String(symbol),
    ...(tickSize !== undefined && { tickSize: Number(tickSize) }),
    ...(lotSize !== undefined && { lotSize: Number(lotSize) }),
  });
}

/** The answer, or DEADLINE_EXCEEDED where it is late. */
function within<Answer>(answer: Promise<Answer>): Promise<Answer> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const text = `the runner must answer within ${ANSWER_LIMIT_MS} ms, was silent`;
    late.reject(new StreamlibError('DEADLINE_EXCEEDED', text));
  }, ANSWER_LIMIT_MS);
  return Promise.race([answer, late.promise]).finally(() => clearTimeout(timer));
}
