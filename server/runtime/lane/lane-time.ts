import { LastTime } from '../clock.ts';

/** The time as a lane last read it, and the end of the slice in which it calls processors. */
export class LaneTime extends LastTime {
  untilUs = 0;
}
