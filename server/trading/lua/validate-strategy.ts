import { type MediaClock, mediaClock } from '../../runtime/clock.ts';
import type { JsonObject } from '../../runtime/json.ts';
import { dryRun } from './dry-run.ts';
import { LuaError } from './lua-error.ts';
import type { LuaSandboxLimits } from './lua-sandbox.ts';
import { luaTokens } from './lua-tokens.ts';
import { errorDiagnostic, type StrategyDiagnostic, staticDiagnostics } from './strategy-diagnostics.ts';
import { STRATEGY_CALLBACKS, type StrategyCallback, type StrategyDeclaration } from './strategy-types.ts';
import { StrategyVm } from './strategy-vm.ts';
import { syntheticTicks } from './synthetic-ticks.ts';

export interface ValidateStrategyOptions extends LuaSandboxLimits {
  /** For the dry run, in place of the declared defaults. */
  readonly parameters?: JsonObject;
  /** Ticks of the dry run, 0 to 100,000, default 1,000. */
  readonly tickCount?: number;
  /** Of the ticks and of the strategy's randomness, default 0. */
  readonly seed?: bigint;
  readonly grantPatterns?: boolean;
  /** After this time no further tick is begun, default 5,000; `ticksProcessed` says how far it came. */
  readonly timeLimitMs?: number;
  readonly clock?: Pick<MediaClock, 'nowUs'>;
}

/** How long the calls of one callback took, in microseconds. */
export interface CallbackTiming {
  readonly callback: StrategyCallback;
  readonly count: number;
  readonly sumUs: number;
  readonly p50Us: number;
  readonly p90Us: number;
  readonly p99Us: number;
  readonly maxUs: number;
}

export interface StrategyValidation {
  /** Whether no diagnostic is worse than a warning. */
  readonly valid: boolean;
  /** In order of the lines. */
  readonly diagnostics: readonly StrategyDiagnostic[];
  /** Callbacks that the strategy could have and does not. */
  readonly missingCallbacks: readonly StrategyCallback[];
  /** Empty where the code does not load. */
  readonly timings: readonly CallbackTiming[];
  readonly ticksProcessed: number;
  readonly memoryUsedBytes: number;
  /** Absent where the code does not load. */
  readonly declaration?: StrategyDeclaration;
}

const MOST_TICKS = 100_000;
/** A strategy may choose to forget. */
const FORGETFUL: StrategyDiagnostic = {
  line: 0,
  column: 0,
  severity: 'warning',
  message: 'it does not go on after a restart as before: what is kept outside ctx.memory is lost',
  code: 'snapshot',
};

/**
 * Loads the code and runs it dry on synthetic ticks, from its start to its stop and once over a restart. What is wrong
 * with the code is an answer; only a wrong option throws. It keeps the calling thread busy: for the time limit, and at
 * worst for as long again where five calls in a row fail at theirs.
 */
export function validateStrategy(code: string, options: ValidateStrategyOptions = {}): StrategyValidation {
  const {
    tickCount = 1000,
    seed = 0n,
    grantPatterns = false,
    timeLimitMs = 5000,
    clock = mediaClock,
  } = options;
  if (!Number.isInteger(tickCount) || tickCount < 0 || tickCount > MOST_TICKS) {
    throw new RangeError(`tickCount must be a whole number from 0 to ${MOST_TICKS}, was ${tickCount}`);
  }
  const tokens = luaTokens(code);
  const vmOptions = { ...options, code, seed, grantPatterns, symbol: 'SIM:DRYRUN' };
  let vm: StrategyVm;
  try {
    vm = new StrategyVm(vmOptions);
  } catch (error) {
    if (!(error instanceof LuaError)) throw error;
    return {
      valid: false,
      diagnostics: inOrder([
        errorDiagnostic(error, tokens, 'critical'),
        ...(error.code === 'syntax' ? [] : staticDiagnostics(tokens, grantPatterns)),
      ]),
      missingCallbacks: STRATEGY_CALLBACKS,
      timings: [],
      ticksProcessed: 0,
      memoryUsedBytes: 0,
    };
  }
  using opened = vm;
  const { declaration } = opened;
  const { errors, isForgetful, ticksProcessed, callUs, usedBytes } = dryRun(
    opened,
    vmOptions,
    syntheticTicks(tickCount, seed),
    clock,
    timeLimitMs,
  );
  const diagnostics = inOrder([
    ...errors.map((error) => errorDiagnostic(error, tokens, 'error')),
    ...(isForgetful ? [FORGETFUL] : []),
    ...withoutCallback(declaration),
    ...staticDiagnostics(tokens, grantPatterns),
  ]);
  return {
    valid: diagnostics.every(({ severity }) => severity === 'warning'),
    diagnostics,
    missingCallbacks: STRATEGY_CALLBACKS.filter((name) => !declaration.callbacks.includes(name)),
    timings: [...callUs].map(([callback, times]) => timingOf(callback, times)),
    ticksProcessed,
    memoryUsedBytes: usedBytes,
    declaration,
  };
}

function withoutCallback({ callbacks }: StrategyDeclaration): StrategyDiagnostic[] {
  if (callbacks.includes('on_tick') || callbacks.includes('on_bar')) return [];
  const message = 'it has neither on_tick nor on_bar, and so never sees the market';
  return [{ line: 0, column: 0, severity: 'error', message, code: 'missing_callback' }];
}

/** Of what is said of one line twice, the graver stays. */
function inOrder(diagnostics: readonly StrategyDiagnostic[]): StrategyDiagnostic[] {
  return diagnostics
    .filter(
      ({ code, line, severity }) =>
        severity !== 'warning' ||
        !diagnostics.some(
          (other) => other.code === code && other.line === line && other.severity !== 'warning',
        ),
    )
    .sort((a, b) => a.line - b.line || a.column - b.column);
}

function timingOf(callback: StrategyCallback, times: readonly number[]): CallbackTiming {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return {
    callback,
    count: sorted.length,
    sumUs: sorted.reduce((sum, us) => sum + us, 0),
    p50Us: at(0.5),
    p90Us: at(0.9),
    p99Us: at(0.99),
    maxUs: at(1),
  };
}
