// For the runners, the services and the backtests.
export { LuaError, type LuaErrorCode } from './lua-error.ts';
export { LuaMachine } from './lua-machine.ts';
export type { LuaSandboxLimits } from './lua-sandbox.ts';
export type { StrategyDiagnostic } from './strategy-diagnostics.ts';
export {
  STRATEGY_CALLBACKS,
  type StrategyAccount,
  type StrategyBar,
  type StrategyCallback,
  type StrategyCancel,
  type StrategyDeclaration,
  type StrategyEffect,
  type StrategyFill,
  type StrategyLog,
  type StrategyOrder,
  type StrategyOutcome,
  type StrategyParameterDeclaration,
  type StrategySnapshot,
  type StrategyTick,
  type StrategyTransition,
} from './strategy-types.ts';
export {
  MOST_TICKS_PER_CALL,
  type StrategyView,
  StrategyVm,
  type StrategyVmOptions,
} from './strategy-vm.ts';
export {
  type CallbackTiming,
  type StrategyValidation,
  type ValidateStrategyOptions,
  validateStrategy,
} from './validate-strategy.ts';
