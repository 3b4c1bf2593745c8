import { StreamlibError } from '../errors.ts';
import { type Owner, parseLaneId } from '../ids.ts';
import type { Labels, PlacementSpec } from './specs.ts';

const LONGEST_DISPLAY_NAME = 256;
const MOST_LABELS = 64;
const LONGEST_LABEL_KEY = 63;
const LONGEST_LABEL_VALUE = 256;
const LARGEST_CAPACITY_FRAMES = 65_536;
/** The beginning of the ids of the lanes that have one processor each. */
export const DEDICATED_LANE_PREFIX = 'dedicated-';

function invalid(path: string, rule: string, was: unknown): StreamlibError {
  return new StreamlibError('FIELD_INVALID', `${path} ${rule}, was ${JSON.stringify(was)}`, { path });
}

/** Throws FIELD_INVALID. */
export function assertDisplayName(name: string): void {
  if (name.length <= LONGEST_DISPLAY_NAME) return;
  throw invalid('display_name', `must have at most ${LONGEST_DISPLAY_NAME} characters`, name);
}

/** Throws FIELD_INVALID: at most 64 labels with keys of 1 to 63 and values of at most 256 characters. */
export function assertLabels(labels: Labels): void {
  const entries = Object.entries(labels);
  if (entries.length > MOST_LABELS)
    throw invalid('labels', `must have at most ${MOST_LABELS} entries`, entries.length);
  for (const [key, value] of entries) {
    if (key.length < 1 || key.length > LONGEST_LABEL_KEY) {
      throw invalid('labels', `must have keys of 1 to ${LONGEST_LABEL_KEY} characters`, key);
    }
    if (value.length > LONGEST_LABEL_VALUE) {
      throw invalid(`labels.${key}`, `must have at most ${LONGEST_LABEL_VALUE} characters`, value);
    }
  }
}

/** Throws FIELD_INVALID unless it is absent or a whole number from 1 to 65536. */
export function assertCapacityFrames(capacityFrames: number | undefined): void {
  if (capacityFrames === undefined) return;
  if (Number.isInteger(capacityFrames) && capacityFrames >= 1 && capacityFrames <= LARGEST_CAPACITY_FRAMES)
    return;
  throw invalid(
    'capacity_frames',
    `must be a whole number from 1 to ${LARGEST_CAPACITY_FRAMES}`,
    capacityFrames,
  );
}

/** Throws ID_INVALID or FIELD_INVALID. A lane that belongs to one processor alone cannot be named. */
export function assertPlacement({ lane }: PlacementSpec): void {
  parseLaneId(lane);
  if (!lane.startsWith(DEDICATED_LANE_PREFIX)) return;
  throw invalid(
    'placement.lane',
    `must not begin with "${DEDICATED_LANE_PREFIX}"; "dedicated" gives such a lane`,
    lane,
  );
}

/** Throws ID_INVALID where an id with a dot does not begin with the id of the pipeline or runner that owns it. */
export function assertIdOfOwner(id: string, owner: Owner, path: string): void {
  const dot = id.indexOf('.');
  if (dot < 0 || id.slice(0, dot) === owner.slice(owner.indexOf('/') + 1)) return;
  const message = `${path} must not have a dot unless it begins with the id of its pipeline or runner, was "${id}"`;
  throw new StreamlibError('ID_INVALID', message, { path });
}
