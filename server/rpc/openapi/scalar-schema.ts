import { ScalarType } from '@bufbuild/protobuf';
import type { Direction, Schema } from './schema-options.ts';

const integerText = '^-?(0|[1-9][0-9]*)$';
const unsignedText = '^(0|[1-9][0-9]*)$';
const decimal = '-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?';
const numberText = `^(${decimal}|NaN|-?Infinity)$`;

/** How a number is written as text that must be finite. */
export const FINITE_NUMBER_TEXT = `^${decimal}$`;

interface IntegerFormat {
  readonly format: string;
  readonly minimum: number;
  readonly maximum: number;
  readonly isLong: boolean;
}

const int32: IntegerFormat = { format: 'int32', minimum: -(2 ** 31), maximum: 2 ** 31 - 1, isLong: false };
const uint32: IntegerFormat = { format: 'uint32', minimum: 0, maximum: 2 ** 32 - 1, isLong: false };
// As numbers; beyond them 64-bit integers are text.
const int64: IntegerFormat = {
  format: 'int64',
  minimum: Number.MIN_SAFE_INTEGER,
  maximum: Number.MAX_SAFE_INTEGER,
  isLong: true,
};
const uint64: IntegerFormat = { ...int64, format: 'uint64', minimum: 0 };

const INTEGERS: ReadonlyMap<ScalarType, IntegerFormat> = new Map([
  [ScalarType.INT32, int32],
  [ScalarType.SINT32, int32],
  [ScalarType.SFIXED32, int32],
  [ScalarType.UINT32, uint32],
  [ScalarType.FIXED32, uint32],
  [ScalarType.INT64, int64],
  [ScalarType.SINT64, int64],
  [ScalarType.SFIXED64, int64],
  [ScalarType.UINT64, uint64],
  [ScalarType.FIXED64, uint64],
]);

/** A scalar in a JSON body. 64-bit integers beyond 2^53-1 are text; requests may write every number as text. */
export function scalarSchema(type: ScalarType, direction: Direction): Schema {
  const integer = INTEGERS.get(type);
  if (integer !== undefined) {
    const { isLong, ...keywords } = integer;
    if (direction === 'response' && !isLong) return { type: 'integer', ...keywords };
    return {
      type: ['integer', 'string'],
      ...keywords,
      pattern: keywords.minimum === 0 ? unsignedText : integerText,
    };
  }
  switch (type) {
    case ScalarType.BOOL:
      return { type: 'boolean' };
    case ScalarType.BYTES:
      return { type: 'string', contentEncoding: 'base64' };
    case ScalarType.STRING:
      return { type: 'string' };
    default:
      return {
        type: ['number', 'string'],
        format: type === ScalarType.FLOAT ? 'float' : 'double',
        pattern: direction === 'request' ? numberText : '^(NaN|-?Infinity)$',
      };
  }
}

/** A scalar in a path or query, where everything is text. */
export function scalarParameterSchema(type: ScalarType): Schema {
  const integer = INTEGERS.get(type);
  if (integer === undefined) {
    const isFloat = type === ScalarType.FLOAT || type === ScalarType.DOUBLE;
    return isFloat ? { type: 'number' } : scalarSchema(type, 'request');
  }
  const { isLong, minimum, ...keywords } = integer;
  if (!isLong) return { type: 'integer', minimum, ...keywords };
  // Beyond 2^53-1 as well: text has no such limit.
  return { type: 'integer', format: integer.format, ...(minimum === 0 ? { minimum } : {}) };
}
