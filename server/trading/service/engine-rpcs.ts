import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type {
  GetTradingStateResponseSchema,
  SetTradingModeRequest,
  SetTradingModeResponseSchema,
  TradingStateSchema,
} from '../../../gen/ts/streamlib/v1/trading_pb.ts';
import {
  type CommandOptions,
  eventPosition,
  outcomeFields,
  type RuntimeOperations,
  vocabulary,
} from '../../runtime/index.ts';
import { type Money, moneyToNumber } from '../broker/money.ts';
import { fallFraction } from '../risk/risk-history.ts';
import type { RunnerView } from '../runner/runner.ts';
import { ENGINE_MODE_WORDS } from './news-payload.ts';
import type { RunnerEntry } from './runner-entry.ts';
import type { RunnerManager } from './runner-manager.ts';
import { limitsFromJson, limitsToJson } from './runner-settings.ts';

/** The calls about the trading engine as a whole. Runtime's thread. */
export class EngineRpcs {
  readonly #manager: RunnerManager;
  readonly #operations: RuntimeOperations;

  constructor(manager: RunnerManager, operations: RuntimeOperations) {
    this.#manager = manager;
    this.#operations = operations;
  }

  async get(): Promise<MessageInitShape<typeof GetTradingStateResponseSchema>> {
    const tradingState = await this.#state();
    return { tradingState, ...(await eventPosition(this.#operations)) };
  }

  async set(
    { mode, limits, reason }: SetTradingModeRequest,
    options: CommandOptions,
  ): Promise<MessageInitShape<typeof SetTradingModeResponseSchema>> {
    const outcome = await this.#manager.setEngine(
      { mode: vocabulary.wordOf(ENGINE_MODE_WORDS, mode), limits: limits && limitsToJson(limits), reason },
      options,
    );
    const tradingState = await this.#state();
    return { mode: tradingState.mode, tradingState, ...outcomeFields(outcome) };
  }

  async #state(): Promise<MessageInitShape<typeof TradingStateSchema>> {
    const { engine, entries } = this.#manager;
    const stands = await Promise.all(entries.map(async (entry) => ({ entry, view: await entry.view() })));
    const views = stands.flatMap(({ view }) => view ?? []);
    const { mode, limits, actor, timeMs, reason } = engine;
    return {
      mode: vocabulary.numberOf(ENGINE_MODE_WORDS, mode),
      modeActor: actor,
      modeTime: timeMs === 0 ? undefined : timestampFromMs(timeMs),
      modeReason: reason,
      limits: limitsFromJson(limits),
      exposure: exposureOf(stands),
      profitAndLoss: profitAndLossOf(views),
      runners: entries.length,
      openPositions: views.filter(({ position }) => position !== undefined).length,
      openOrders: sum(views, ({ openOrders }) => openOrders.length),
      ordersRefused: BigInt(sum(views, ({ figures }) => figures.ordersRefused)),
    };
  }
}

function exposureOf(
  stands: readonly { readonly entry: RunnerEntry; readonly view: RunnerView | undefined }[],
) {
  let [longValue, shortValue] = [0, 0];
  for (const { entry, view } of stands) {
    if (view?.position === undefined || view.markTicks === undefined) continue;
    const value = moneyToNumber(entry.instrument.value(view.markTicks, view.position.lots));
    if (view.position.side === 'Long') longValue += value;
    else shortValue += value;
  }
  return { longValue, shortValue, grossValue: longValue + shortValue, netValue: longValue - shortValue };
}

const profitAndLossOf = (views: readonly RunnerView[]) => {
  const total = (figure: (view: RunnerView) => Money) =>
    views.reduce((amount, view) => amount + figure(view), 0n);
  const equity = total((view) => view.equity);
  return {
    realizedPnl: moneyToNumber(total((view) => view.realizedPnl)),
    unrealizedPnl: moneyToNumber(total((view) => view.unrealizedPnl)),
    feesPaid: moneyToNumber(total((view) => view.feesPaid)),
    equity: moneyToNumber(equity),
    dailyPnl: moneyToNumber(total((view) => view.dailyPnl)),
    drawdownFraction: fallFraction(
      total((view) => view.peakEquity),
      equity,
    ),
  };
};

const sum = <Item>(items: readonly Item[], figure: (item: Item) => number): number =>
  items.reduce((total, item) => total + figure(item), 0);
