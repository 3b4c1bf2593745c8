import type { DataLayout } from '../../runtime/frame/data-frame.ts';

/**
 * The layout of results, made once for each shape of what they are made from: frames of one layout object are
 * formatted faster, and nothing is allocated while the shape stays.
 */
export class DerivedLayout {
  readonly #derive: (source: DataLayout) => DataLayout;
  #source: DataLayout | undefined;
  #result: DataLayout | undefined;

  constructor(derive: (source: DataLayout) => DataLayout) {
    this.#derive = derive;
  }

  forget(): void {
    this.#result = undefined;
  }

  of(source: DataLayout): DataLayout {
    const known = this.#source;
    if (source === known && this.#result !== undefined) return this.#result;
    if (this.#result === undefined || known === undefined || !areAlike(source, known))
      this.#result = this.#derive(source);
    this.#source = source;
    return this.#result;
  }
}

function areAlike(one: DataLayout, other: DataLayout): boolean {
  const { ids, lengths } = one;
  const { ids: otherIds, lengths: otherLengths } = other;
  if (one.metadataBytes !== other.metadataBytes || ids.length !== otherIds.length) return false;
  for (let i = 0; i < ids.length; i++)
    if (ids[i] !== otherIds[i] || lengths[i] !== otherLengths[i]) return false;
  return true;
}
