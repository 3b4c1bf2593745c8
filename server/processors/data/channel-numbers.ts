import type { JsonObject, JsonValue } from '../../runtime/json.ts';

/** What a state of 64 KiB has room for at some 20 characters a number. */
export const MOST_KEPT_NUMBERS = 3000;

/** A few numbers for each channel, made when a channel is first seen; what filters remember between frames. */
export class ChannelNumbers {
  readonly #count: number;
  readonly #byChannel = new Map<string, Float64Array>();

  constructor(count: number) {
    this.#count = count;
  }

  /** All 0 for a channel that is new. */
  of(channel: string): Float64Array {
    let numbers = this.#byChannel.get(channel);
    if (numbers === undefined) {
      numbers = new Float64Array(this.#count);
      this.#byChannel.set(channel, numbers);
    }
    return numbers;
  }

  /** How many numbers there are, all channels together. */
  get size(): number {
    return this.#byChannel.size * this.#count;
  }

  /** As a state of a processor has it; what is not finite is null there. */
  toJson(): JsonObject {
    return Object.fromEntries([...this.#byChannel].map(([name, numbers]) => [name, [...numbers]]));
  }

  /** Goes on with what `toJson` answered. Throws an error that names what is none, and has then changed nothing. */
  fromJson(json: JsonValue | undefined, field: string): void {
    if (typeof json !== 'object' || json === null || Array.isArray(json))
      throw new Error(`state.${field} must be an object, was ${JSON.stringify(json)}`);
    const read = Object.entries(json).map(([name, list]): [string, Float64Array] => {
      const numbers = Array.isArray(list)
        ? Float64Array.from(list, (each) => Number(each ?? NaN))
        : undefined;
      if (numbers?.length === this.#count) return [name, numbers];
      const wanted = `a list of ${this.#count} numbers`;
      throw new Error(`state.${field}.${name} must be ${wanted}, was ${JSON.stringify(list)}`);
    });
    this.#byChannel.clear();
    for (const [name, numbers] of read) this.#byChannel.set(name, numbers);
  }
}
