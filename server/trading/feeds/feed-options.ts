/** What each feed can be told about what it does with its ticks. */
export const FEED_OPTIONS = {
  gap_after_ms: {
    type: 'number',
    description:
      'A longer silence of a symbol, in exchange time, is counted as a gap. 0: bars have a gap where they are further apart than 1.5 times the shortest distance so far, other ticks never.',
    minimum: 0,
    default: 0,
  },
  irregular_ticks: {
    type: 'string',
    description:
      'What becomes of ticks that come late (an exchange time before that of another), twice, or with a price that is none; they are counted in any case. drop: they are left out. pass: they are sent.',
    enum: ['drop', 'pass'],
    default: 'drop',
  },
} as const;

const SPEED_OPTION = {
  type: 'number',
  description: 'With pace timestamps, how many times faster than recorded.',
  exclusiveMinimum: 0,
  maximum: 1_000_000,
  default: 1,
} as const;

const PACE_OPTION = {
  type: 'string',
  description:
    'fast: as fast as the links take it, for lossless links. timestamps: as the exchange times say.',
  enum: ['fast', 'timestamps'],
} as const;

/** How fast a recording plays: by default as fast as possible. */
export const RECORDED_PACE_OPTIONS = {
  pace: { ...PACE_OPTION, default: 'fast' },
  speed: SPEED_OPTION,
} as const;

/** How fast a recording plays: by default as fast as it was recorded. */
export const TIMED_PACE_OPTIONS = {
  pace: { ...PACE_OPTION, default: 'timestamps' },
  speed: SPEED_OPTION,
} as const;

/** Where a recording lies and what its broken rows do. */
export const FILE_OPTIONS = {
  path: {
    type: 'string',
    description: 'The file, relative to the working directory of the server. Gzip if its name ends in .gz.',
    minLength: 1,
    maxLength: 4096,
  },
  on_error: {
    type: 'string',
    description:
      'What a broken row does. stop: the processor fails and names line and column. skip: it is counted and left out.',
    enum: ['stop', 'skip'],
    default: 'stop',
  },
} as const;

/** What a symbol looks like. */
export const SYMBOL_PATTERN = '^[A-Z0-9][A-Z0-9:._/-]{0,63}$';
