import { StreamlibError } from '../errors.ts';

/*
 * Names that frames carry as numbers: of channels, metadata keys and frame types. One table per process, mapped by
 * every thread; names are only ever added. The id of a name is the word offset of its record.
 *
 *  word  0         1            2          3     4 … 4+slots            arena
 *  ┌──────────┬────────────┬───────────┬──────┬───────────────────┬─────────────────────────────┐
 *  │ slots    │ arena words│ used words│ names│ hash slot: id or 0│ byteLength │ UTF-8 … │ …    │
 *  └──────────┴────────────┴───────────┴──────┴───────────────────┴─────────────────────────────┘
 *
 * A name is written to space that nobody else has, and becomes visible when a free hash slot takes its id. A thread
 * that dies in between leaves unused bytes and blocks nobody.
 */
const SLOTS = 0;
const ARENA_WORDS = 1;
const USED_WORDS = 2;
const COUNT = 3;
const FIRST_SLOT = 4;

/** The longest name, in bytes of UTF-8. */
export const NAME_LIMIT_BYTES = 255;

const encoder = new TextEncoder();
// NB: without ignoreBOM a text that begins with U+FEFF would lose it.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Makes the memory of an empty table for at most `capacityNames` names of 32 bytes on average. */
export function createNameTable(capacityNames = 16_384): SharedArrayBuffer {
  let slots = 16;
  // NB: twice as many slots as names keeps the search for a free one short.
  while (slots < capacityNames * 2) slots *= 2;
  const arenaWords = capacityNames * 9;
  const words = new Int32Array(new SharedArrayBuffer((FIRST_SLOT + slots + arenaWords) * 4));
  words[SLOTS] = slots;
  words[ARENA_WORDS] = arenaWords;
  return words.buffer as SharedArrayBuffer;
}

/** One thread's access to a name table. What it has seen once it answers without touching shared memory. */
export class NameTable {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #slots: number;
  readonly #arenaStart: number;
  readonly #ids = new Map<string, number>();
  readonly #names = new Map<number, string>();

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.#words = new Int32Array(memory);
    this.#bytes = new Uint8Array(memory);
    this.#slots = this.#words[SLOTS] as number;
    this.#arenaStart = FIRST_SLOT + this.#slots;
  }

  /** How many names the table holds. */
  get size(): number {
    return Atomics.load(this.#words, COUNT);
  }

  /** The id of a name, the same in every thread and for good. Throws QUOTA when the table is full. */
  intern(name: string): number {
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    const bytes = encoder.encode(name);
    if (bytes.length > NAME_LIMIT_BYTES) {
      const text = `a name must have at most ${NAME_LIMIT_BYTES} bytes, was ${bytes.length}: ${name.slice(0, 40)}…`;
      throw new StreamlibError('FIELD_INVALID', text, { path: 'name' });
    }
    const id = this.#findOrAdd(bytes, name);
    this.#remember(id, name);
    return id;
  }

  /** The name of an id that `intern` gave in any thread. */
  nameOf(id: number): string {
    const known = this.#names.get(id);
    if (known !== undefined) return known;
    const start = (id + 1) * 4;
    // NB: TextDecoder takes no shared memory; slice() copies out of it.
    const name = decoder.decode(this.#bytes.slice(start, start + (this.#words[id] as number)));
    this.#remember(id, name);
    return name;
  }

  #remember(id: number, name: string): void {
    this.#ids.set(name, id);
    this.#names.set(id, name);
  }

  #findOrAdd(bytes: Uint8Array, name: string): number {
    let own = 0;
    const mask = this.#slots - 1;
    for (let probe = 0, at = hash(bytes) & mask; probe < this.#slots; probe++, at = (at + 1) & mask) {
      const slot = FIRST_SLOT + at;
      let id = Atomics.load(this.#words, slot);
      if (id === 0) {
        own ||= this.#write(bytes, name);
        // ORDERING: the exchange publishes the record's bytes together with its id.
        id = Atomics.compareExchange(this.#words, slot, 0, own);
        if (id === 0) {
          Atomics.add(this.#words, COUNT, 1);
          return own;
        }
      }
      if (this.#holds(id, bytes)) return id;
    }
    throw this.#full(name);
  }

  #write(bytes: Uint8Array, name: string): number {
    const needed = 1 + ((bytes.length + 3) >> 2);
    const limit = this.#words[ARENA_WORDS] as number;
    for (;;) {
      const used = Atomics.load(this.#words, USED_WORDS);
      if (used + needed > limit || (this.size + 1) * 2 > this.#slots) throw this.#full(name);
      if (Atomics.compareExchange(this.#words, USED_WORDS, used, used + needed) !== used) continue;
      const id = this.#arenaStart + used;
      this.#words[id] = bytes.length;
      this.#bytes.set(bytes, (id + 1) * 4);
      return id;
    }
  }

  #holds(id: number, bytes: Uint8Array): boolean {
    if (this.#words[id] !== bytes.length) return false;
    const start = (id + 1) * 4;
    for (let i = 0; i < bytes.length; i++) if (this.#bytes[start + i] !== bytes[i]) return false;
    return true;
  }

  #full(name: string): StreamlibError {
    const text = `the table of names is full with ${this.size} names, no room for ${JSON.stringify(name)}`;
    return new StreamlibError('QUOTA', text, { path: 'name', details: { name } });
  }
}

/** FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/ */
function hash(bytes: Uint8Array): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++) value = Math.imul(value ^ (bytes[i] as number), 0x01000193);
  return value >>> 0;
}

let ofThisThread: NameTable | undefined;

/** The table of this thread. A thread that was given none makes its own, which others may then map. */
export function threadNames(): NameTable {
  ofThisThread ??= new NameTable(createNameTable());
  return ofThisThread;
}

/**
 * Gives this thread the process's table; called once, before any frame is made. Throws when the thread already
 * uses another one, since the ids in its frames would change their meaning.
 */
export function useNames(memory: SharedArrayBuffer): void {
  if (ofThisThread === undefined) ofThisThread = new NameTable(memory);
  else if (ofThisThread.memory !== memory && ofThisThread.size > 0) {
    throw new StreamlibError('INTERNAL', 'this thread already uses another table of names');
  } else if (ofThisThread.memory !== memory) ofThisThread = new NameTable(memory);
}
