import { CONTROL_BYTES, CONTROL_PLACE, LINE_BYTES } from '../../../native/index.ts';
import { StreamlibError } from '../errors.ts';
import type { Segment } from '../frame/segment.ts';

/**
 * Hands out the part of a segment in which rings and counters lie. The runtime's thread alone uses it. What is given
 * back is used again for what has the same size.
 */
export class ControlMemory {
  readonly segment: Segment;
  readonly #free = new Map<number, number[]>();
  #next = CONTROL_PLACE;

  constructor(segment: Segment) {
    this.segment = segment;
  }

  /** Zeroed memory at a multiple of 64 bytes; answers where it begins. Throws QUOTA when there is no more. */
  allocate(bytes: number): number {
    const size = roundedUp(bytes);
    const offset = this.#free.get(size)?.pop() ?? this.#extend(size);
    this.segment.words.fill(0, offset >> 2, (offset + size) >> 2);
    return offset;
  }

  /** Only when no thread uses the memory any more. */
  free(offset: number, bytes: number): void {
    const size = roundedUp(bytes);
    const free = this.#free.get(size);
    if (free === undefined) this.#free.set(size, [offset]);
    else free.push(offset);
  }

  #extend(size: number): number {
    const offset = this.#next;
    if (offset + size > CONTROL_PLACE + CONTROL_BYTES) {
      throw new StreamlibError(
        'QUOTA',
        `the links of a runtime have ${CONTROL_BYTES} bytes, all of them taken`,
      );
    }
    this.#next += size;
    return offset;
  }
}

const roundedUp = (bytes: number): number => Math.ceil(bytes / LINE_BYTES) * LINE_BYTES;
