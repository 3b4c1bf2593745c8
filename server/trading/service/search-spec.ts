import {
  type ParameterRange,
  type ParameterSearch,
  SearchMethod,
} from '../../../gen/ts/streamlib/v1/backtest_pb.ts';
import {
  type BacktestReport,
  BacktestStatisticsSchema,
} from '../../../gen/ts/streamlib/v1/backtest_report_pb.ts';
import { type JsonObject, type JsonValue, nearestNames, StreamlibError } from '../../runtime/index.ts';
import type { SearchPlan } from '../backtest/job/backtest-jobs.ts';
import {
  gridCombinations,
  MOST_RUNS,
  randomCombinations,
  type SearchRange,
} from '../backtest/job/search-combinations.ts';

const OBJECTIVE_DEFAULT = 'sharpe_ratio';
const KEEP_BEST_DEFAULT = 10;

/** The runs of a search, and what makes one better than another. Throws FIELD_INVALID. */
export function compileSearch(search: ParameterSearch): SearchPlan {
  const most = search.maxRuns || MOST_RUNS;
  const ranges = search.ranges.map(rangeOf);
  const names = ranges.map(({ name }) => name);
  const twice = names.findIndex((name, i) => names.indexOf(name) < i);
  if (twice >= 0) {
    const path = `search.ranges[${twice}].name`;
    throw new StreamlibError('FIELD_INVALID', `${path} must be new, was "${names[twice]}" again`, { path });
  }
  const combinations =
    search.method === SearchMethod.RANDOM
      ? randomCombinations(ranges, most, Number(search.seed))
      : gridCombinations(ranges, most);
  return {
    combinations,
    objectiveOf: objectiveOf(search.objective || OBJECTIVE_DEFAULT),
    minimizes: search.minimize,
    keepBest: search.keepBest || KEEP_BEST_DEFAULT,
  };
}

function rangeOf({ name, range }: ParameterRange): SearchRange {
  switch (range.case) {
    case 'number': {
      const { minValue: min, maxValue: max, step = 1 } = range.value;
      return { name, min, max, step };
    }
    case 'values':
      return { name, values: range.value.values.map(({ kind }) => kind.value as JsonValue) };
    default:
      throw new StreamlibError('FIELD_INVALID', `search.ranges of "${name}" must have number or values`, {
        path: 'search.ranges',
      });
  }
}

/** The figure of a report that is called so. */
function objectiveOf(name: string): (report: BacktestReport) => number | undefined {
  const figures = BacktestStatisticsSchema.fields.filter(({ fieldKind }) => fieldKind === 'scalar');
  const field = figures.find((each) => each.name === name);
  if (field === undefined) {
    const names = figures.map((each) => each.name);
    const near = nearestNames(name, names);
    const hint = near.length === 0 ? `there are ${names.join(', ')}` : `near it are ${near.join(', ')}`;
    const text = `search.objective must be a figure of BacktestStatistics, was "${name}"; ${hint}`;
    throw new StreamlibError('FIELD_INVALID', text, { path: 'search.objective' });
  }
  return ({ statistics }) => {
    const value = (statistics as JsonObject | undefined)?.[field.localName];
    return value === undefined ? undefined : Number(value);
  };
}
