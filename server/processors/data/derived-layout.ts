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
    const { ids } = source;
    if (this.#result !== undefined && this.#source !== undefined) {
      if (source === this.#source) return this.#result;
      if (isAlike(source, ids, this.#source)) {
        this.#source = source;
        return this.#result;
      }
    }
    this.#source = source;
    this.#result = this.#derive(source);
    return this.#result;
  }
}

function isAlike(one: DataLayout, ids: readonly number[], other: DataLayout): boolean {
  const otherIds = other.ids;
  if (one.metadataBytes !== other.metadataBytes || ids.length !== otherIds.length) return false;
  for (let i = 0; i < ids.length; i++)
    if (ids[i] !== otherIds[i] || one.lengths[i] !== other.lengths[i]) return false;
  return true;
}
