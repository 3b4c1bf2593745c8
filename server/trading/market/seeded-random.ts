/** Where a sequence is: four words of 32 bits. */
export type RandomState = readonly [number, number, number, number];

/**
 * Numbers that look random and are the same for the same seed and name, on every machine: xoshiro128**
 * (https://prng.di.unimi.it/xoshiro128starstar.c). Sequences of different names have nothing to do with each other.
 */
export class SeededRandom {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  private constructor([a, b, c, d]: RandomState) {
    this.#a = a;
    this.#b = b;
    this.#c = c;
    this.#d = d;
  }

  /** `seed` is an integer from 0 to 2^53 - 1. */
  static of(seed: number, name: string): SeededRandom {
    let mix = scramble(scramble(seed >>> 0) ^ Math.floor(seed / 2 ** 32));
    for (let i = 0; i < name.length; i++) mix = scramble(mix ^ name.charCodeAt(i));
    const next = (): number => {
      mix = (mix + 0x9e3779b9) | 0;
      return scramble(mix);
    };
    return new SeededRandom([next(), next(), next(), next() | 1]);
  }

  /** Goes on where another one was. */
  static at(state: RandomState): SeededRandom {
    return new SeededRandom(state);
  }

  get state(): RandomState {
    return [this.#a, this.#b, this.#c, this.#d];
  }

  /** From 0 to below 1. */
  uniform(): number {
    // 53 bits, as a double has them.
    return ((this.#next() >>> 5) * 2 ** 26 + (this.#next() >>> 6)) / 2 ** 53;
  }

  /** Of mean 0 and standard deviation 1, by Box and Muller: each call takes two uniform numbers. */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  #next(): number {
    const scrambled = Math.imul(this.#b, 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9);
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result >>> 0;
  }
}

/** Spreads each bit over the whole word, so that similar words come out far apart; the last step of SplitMix32. */
function scramble(word: number): number {
  let mixed = (word + 0x9e3779b9) | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return mixed ^ (mixed >>> 15);
}
