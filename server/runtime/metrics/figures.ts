/** What was measured of a processor, over one interval. */
export interface ProcessorFigures {
  readonly processorId: string;
  readonly laneId: string;
  /** Whether it is called at all. */
  readonly isRunning: boolean;
  readonly framesInPerSecond: number;
  readonly framesOutPerSecond: number;
  /** 0 to 1. */
  readonly busyFraction: number;
  /** 0 to 1. */
  readonly blockedFraction: number;
  /** Half of its calls so far took at most this. */
  readonly p50Us: number;
  readonly p99Us: number;
}

/** What was measured of a link, over one interval. */
export interface LinkFigures {
  readonly linkId: string;
  readonly fromProcessor: string;
  readonly toProcessor: string;
  readonly capacityFrames: number;
  /** The most that waited at once. */
  readonly maxQueuedFrames: number;
  readonly deliveredPerSecond: number;
  readonly droppedPerSecond: number;
  /** Of `droppedPerSecond`: those that found the link full. */
  readonly fullPerSecond: number;
}

/** What was measured of a lane, over one interval. */
export interface LaneFigures {
  readonly laneId: string;
  readonly processors: number;
  /** 0 to 1. */
  readonly busyFraction: number;
}

/** The pool of a pipeline, now. */
export interface PoolFigures {
  readonly pipelineId: string;
  readonly inUse: number;
  readonly waiting: number;
  readonly maxConcurrent: number;
}

/** Everything that was measured, over one interval. */
export interface GraphFigures {
  /** Whether calls were timed: without, busy fractions are 0 and say nothing. */
  readonly isTimed: boolean;
  readonly processors: readonly ProcessorFigures[];
  readonly links: readonly LinkFigures[];
  readonly lanes: readonly LaneFigures[];
  readonly pools: readonly PoolFigures[];
}
