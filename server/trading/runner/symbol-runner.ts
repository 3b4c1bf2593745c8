import { threadId } from 'node:worker_threads';
import { StreamlibError } from '../../runtime/errors.ts';
import { MarketData, type MarketDataView } from '../../runtime/frame/market-data.ts';
import type { JsonObject } from '../../runtime/json.ts';
import type {
  Processor,
  ProcessorDescriptor,
  ProcessorIo,
  RuntimeContext,
  StateOrigin,
} from '../../runtime/processor.ts';
import { LuaError } from '../lua/lua-error.ts';
import type { MarketTick } from '../market/market-tick.ts';
import { EngineRisk } from '../risk/engine-risk.ts';
import { LaneReports } from './lane-reports.ts';
import { Runner, type RunnerPast } from './runner.ts';
import type { RunnerBlueprint } from './runner-blueprint.ts';
import { runnerChannel } from './runner-channel.ts';
import { blueprintFrom, RUNNER_CONFIG } from './runner-config.ts';
import type { RunnerEvent, RunnerFault } from './runner-event.ts';
import type { EngineOrders, RunnerOrder, RunnerReport, RunnerWelcome } from './runner-messages.ts';

const descriptor = {
  name: 'SymbolRunner',
  version: 1,
  description:
    'Runs one trading strategy, in Lua, on one symbol: a window of its ticks, an account, a paper broker and a risk gate. What it does is told as the events of runners. A restart goes on with its state. Runners add it themselves.',
  tags: ['market', 'trading', 'sink'],
  inputs: {
    market: {
      frame: MarketData,
      description: 'Ticks, quotes or bars; those of other symbols are passed over.',
    },
  },
  outputs: {},
  configSchema: RUNNER_CONFIG,
  // Its answers to questions need the turns of the event loop.
  async: true,
} as const satisfies ProcessorDescriptor;

type Context = RuntimeContext<typeof descriptor>;

/** Ticks of one call, and how long after its beginning the last of them may begin: the runners of a lane take turns. */
const TICKS_PER_CALL = 64;
const LONGEST_CALL_US = 5000;
/** Of the window of a runner that ended, so many ticks can still be looked at. */
const TICKS_REMAINING = 1000;

/** Shared by the runners of a lane, which is a thread: what they have in common and what they tell. */
const engine = new EngineRisk();
const reports = new LaneReports();

/** A strategy at work on a symbol. */
export default class SymbolRunner implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #blueprint!: RunnerBlueprint;
  #runner!: Runner;
  #key = '';
  #isStarted = false;
  #isEnding = false;

  async setup(ctx: Context): Promise<void> {
    this.#key = ctx.config.key;
    this.#blueprint = blueprintFrom(ctx.config);
    this.#runner = this.#create();
    const welcome = await ctx.runOnMainAsync<RunnerWelcome>('beginRunner', this.#key, threadId);
    follow(welcome.engine);
    engine.peers = welcome.peers;
    this.#tellStand(ctx);
    void this.#work(ctx);
  }

  checkpoint(): JsonObject | undefined {
    const { strategyName } = this.#blueprint;
    return { ...this.#runner.state(), strategy_name: strategyName };
  }

  restore(state: JsonObject, { processorType }: StateOrigin): void {
    if (processorType !== descriptor.name) return;
    const isSameStrategy = state.strategy_name === this.#blueprint.strategyName;
    const next = this.#create({ state, isSameStrategy });
    this.#runner[Symbol.dispose]();
    this.#runner = next;
  }

  process({ inputs }: ProcessorIo<typeof descriptor>, ctx: Context): void {
    const runner = this.#runner;
    if (!this.#isStarted) {
      this.#isStarted = true;
      this.#tell(runner.start(), ctx);
    }
    const { symbol } = this.#blueprint.instrument;
    const untilUs = ctx.clock.nowUs() + LONGEST_CALL_US;
    for (let count = 0; count < TICKS_PER_CALL; count++) {
      const frame = inputs.market.read();
      if (frame === undefined) return;
      const receivedUs = frame.monotonicUs;
      const tick = frame.symbol === symbol ? tickOf(frame) : undefined;
      frame.release();
      if (tick === undefined) continue;
      this.#tell(runner.onTick(tick, receivedUs), ctx);
      if (ctx.clock.nowUs() >= untilUs) return;
    }
  }

  teardown(ctx: Context): void {
    this.#isEnding = true;
    // There is none where setup threw.
    const runner = this.#runner as Runner | undefined;
    reports.leave(this.#key, runner?.remains(TICKS_REMAINING), ctx);
    runner?.[Symbol.dispose]();
    void ctx.runOnMainAsync('endRunner', this.#key).catch(() => {});
  }

  #create(past?: RunnerPast): Runner {
    try {
      return new Runner(this.#blueprint, engine, past);
    } catch (error) {
      if (!(error instanceof LuaError)) throw error;
      const { message, line, code } = error;
      throw new StreamlibError(
        'STRATEGY_INVALID',
        `the strategy must load, ${code} in line ${line}: ${message}`,
        {
          path: 'config.code',
        },
      );
    }
  }

  #tell(events: readonly RunnerEvent[], ctx: Context): void {
    if (events.length === 0) return;
    reports.add(this.#key, events, ctx);
    this.#tellStand(ctx);
    if (this.#blueprint.logActions) logActions(events, ctx);
    const fault = events.find((event) => event.kind === 'RunnerFault');
    if (fault !== undefined && (this.#blueprint.stopOnError || fault.severity === 'critical'))
      this.#fail(fault, ctx);
  }

  /** What the limits of all runners together need to know. */
  #tellStand(ctx: Context): void {
    if (engine.isLimited) reports.stand(this.#key, this.#runner.stand(), ctx);
  }

  /** The runner ends at this error: its open orders are taken back first. */
  #fail({ message, line }: RunnerFault, ctx: Context): never {
    reports.add(this.#key, this.#runner.stop('error'), ctx);
    reports.flush(ctx);
    // A machine that broke is made anew, unless the first error is to be the end.
    const code = this.#blueprint.stopOnError ? 'STRATEGY_FAILED' : 'PROCESS_FAILED';
    throw new StreamlibError(code, line === 0 ? message : `line ${line}: ${message}`);
  }

  async #work(ctx: Context): Promise<void> {
    try {
      while (!this.#isEnding) {
        const orders = await ctx.runOnMainAsync<readonly RunnerOrder[]>('takeRunnerOrders', this.#key);
        for (const order of orders) this.#follow(order, ctx);
      }
    } catch (error) {
      if (!this.#isEnding) ctx.log.error(`questions are not answered any more: ${String(error)}`);
    }
  }

  #follow(order: RunnerOrder, ctx: Context): void {
    if (this.#isEnding) return;
    switch (order.order) {
      case 'engine':
        follow(order.engine);
        this.#tellStand(ctx);
        return;
      case 'peers':
        engine.peers = order.peers;
        return;
      case 'view': {
        const { questionId } = order;
        reports.answer(this.#key, { answer: 'view', questionId, view: this.#runner.view() }, ctx);
        return;
      }
      case 'history': {
        const { questionId, count } = order;
        const ticks = this.#runner.history(count);
        reports.answer(this.#key, { answer: 'history', questionId, ticks }, ctx);
      }
    }
  }
}

function follow({ mode, limits }: EngineOrders): void {
  engine.modeState = { ...engine.modeState, mode };
  engine.setLimits(limits);
}

/** The frame's values, which outlast it. */
const tickOf = (frame: MarketDataView): MarketTick => ({
  symbol: frame.symbol,
  timestampMs: frame.timestampMs,
  price: frame.price,
  size: frame.size,
  bid: frame.bid,
  ask: frame.ask,
  open: frame.open,
  high: frame.high,
  low: frame.low,
  close: frame.close,
  volume: frame.volume,
});

function logActions(events: readonly RunnerEvent[], { log }: Context): void {
  for (const event of events)
    if (event.kind === 'ActionExecuted')
      log.info(`action ${event.action.kind}`, { ...event.action, order_id: event.orderId } as JsonObject);
}

/** Runtime's thread: a runner begins. */
export const beginRunner = (key: string, thread: number): RunnerWelcome => runnerChannel(key).begin(thread);

/** Runtime's thread: what a runner is to do next. */
export const takeRunnerOrders = (key: string): Promise<readonly RunnerOrder[]> => runnerChannel(key).take();

/** Runtime's thread: what the runners of a lane did. */
export function reportRunners(batch: readonly RunnerReport[]): void {
  for (const report of batch) runnerChannel(report.key).receive(report);
}

/** Runtime's thread: a runner ends. */
export const endRunner = (key: string): void => runnerChannel(key).end();
