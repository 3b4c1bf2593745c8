/** What a value is measured against. */
export type Target = { readonly atLeast: number } | { readonly atMost: number };

/** One measured value. Values without a target are there for orientation. */
export interface Measurement {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly target?: Target;
}

/** How much a run is to do. */
export interface Effort {
  /** Few repetitions, for a check that everything still runs: the values mean little. */
  readonly quick: boolean;
  /** What a benchmark that does things at random begins with, so that it can be repeated; it prints what it took. */
  readonly seed?: number;
}

/**
 * One file of bench/. It checks that what it measures answers rightly before it times it, and throws when it does
 * not; a missed target is a measurement and no error.
 */
export interface Benchmark {
  /** As the file is called. */
  readonly name: string;
  readonly measures: string;
  run(effort: Effort): Promise<Measurement[]>;
}

/** Whether a value reaches its target; undefined without a target. */
export function isMet({ value, target }: Measurement): boolean | undefined {
  if (target === undefined) return undefined;
  return 'atLeast' in target ? value >= target.atLeast : value <= target.atMost;
}

/** `≥ 1` or `≤ 10`; empty without a target. */
export function targetText(target: Target | undefined): string {
  if (target === undefined) return '';
  return 'atLeast' in target ? `≥ ${target.atLeast}` : `≤ ${target.atMost}`;
}
