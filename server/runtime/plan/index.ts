export { DEFAULT_MAX_LANES, LanePlan, type Placeable, type PlannedLane } from './plan.ts';
