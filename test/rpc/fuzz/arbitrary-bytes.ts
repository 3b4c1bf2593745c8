import fc from 'fast-check';

/** Bytes with a few of them replaced, inserted or cut off. */
export function damaged(intact: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const changes = fc.array(fc.tuple(fc.nat(4000), fc.nat(3), fc.uint8Array({ maxLength: 3 })), {
    maxLength: 4,
  });
  return fc.tuple(intact, changes).map(([bytes, all]) => {
    const result = [...bytes];
    for (const [place, removed, inserted] of all) {
      result.splice(place % (result.length + 1), removed, ...inserted);
    }
    return Uint8Array.from(result);
  });
}

/** The same bytes in pieces of any length. */
export function inPieces(bytes: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array[]> {
  return fc.tuple(bytes, fc.array(fc.nat(60), { maxLength: 3 })).map(([all, lengths]) => {
    const pieces: Uint8Array[] = [];
    let offset = 0;
    for (const length of lengths) {
      pieces.push(all.subarray(offset, offset + length));
      offset += length;
    }
    return [...pieces, all.subarray(offset)].filter(({ length }) => length > 0);
  });
}

/** The bytes of a text. */
export const bytesOf = (text: string): Uint8Array => Buffer.from(text, 'latin1');
