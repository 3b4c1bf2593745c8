export { movesTo, type PlannedMove } from './moves.ts';
export { DEFAULT_MAX_LANES, LanePlan, type Placeable, type PlannedLane } from './plan.ts';
