export { ESTIMATED_SHARE, type ProcessorLoad } from './lane-load.ts';
export { type MoveOptions, type PlannedMove, planMoves } from './moves.ts';
export {
  DEFAULT_MAX_LANES,
  LanePlan,
  type Placeable,
  type PlannedLane,
  type PlannedNeighbour,
  type PlannedPlace,
} from './plan.ts';
