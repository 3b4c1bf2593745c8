import type { LaneId, ProcessorId } from '../ids.ts';
import type { ProcessorLoad } from './lane-load.ts';

/** A share of a lane for people: `0.4 %`, `12 %`. */
export function percent(share: number): string {
  const value = share * 100;
  return `${value < 10 && value > 0 ? value.toFixed(1) : Math.round(value)} %`;
}

/** A number of events per second for people: `12,000`. */
export const perSecond = (rate: number): string =>
  (rate < 10 ? Math.round(rate * 10) / 10 : Math.round(rate)).toLocaleString('en-US');

/** What a processor costs, and how that is known. */
export function describeLoad(load: ProcessorLoad | undefined, estimate: number): string {
  if (load === undefined) return `not measured yet, taken as ${percent(estimate)} of a lane`;
  if (load.callsPerSecond === 0) return 'measured idle';
  const callUs = (load.busyShare / load.callsPerSecond) * 1e6;
  const time = callUs < 10 ? callUs.toFixed(1) : Math.round(callUs).toLocaleString('en-US');
  return `measured ${time} µs a call, ${percent(load.busyShare)} of a lane`;
}

/** Why a processor does not sit beside its neighbour. */
export const tooFullBeside = (neighbour: ProcessorId, laneId: LaneId, busyShare: number): string =>
  `beside ${neighbour} the lane ${laneId} would be ${percent(busyShare)} busy`;
