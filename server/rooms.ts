import { createPipelineCommands } from './pipelines/index.ts';
import type { RoomHandlers, RoomInternals, RoomRuntime } from './runtime/index.ts';
import { createTradingCommands, type TradingOptions } from './trading/trading-commands.ts';

/** What executes the commands that are no part of the runtime. */
export const createRooms = (
  runtime: RoomRuntime,
  internals: RoomInternals,
  trading?: TradingOptions,
): RoomHandlers => ({
  pipeline: createPipelineCommands(runtime, internals),
  ...createTradingCommands(runtime, internals, trading),
});
