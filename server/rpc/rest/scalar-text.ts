import { ScalarType } from '@bufbuild/protobuf';
import { base64Decode } from '@bufbuild/protobuf/wire';
import { invalidField } from './field-problem.ts';

const integerText = /^-?(?:0|[1-9][0-9]*)$/;
const numberText = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;
const base64Text = /^[A-Za-z0-9+/_-]*={0,2}$/;

interface IntegerRange {
  readonly min: bigint;
  readonly max: bigint;
  readonly isLong: boolean;
}

const int32: IntegerRange = { min: -(2n ** 31n), max: 2n ** 31n - 1n, isLong: false };
const uint32: IntegerRange = { min: 0n, max: 2n ** 32n - 1n, isLong: false };
const int64: IntegerRange = { min: -(2n ** 63n), max: 2n ** 63n - 1n, isLong: true };
const uint64: IntegerRange = { min: 0n, max: 2n ** 64n - 1n, isLong: true };

const integerRanges: ReadonlyMap<ScalarType, IntegerRange> = new Map([
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

/** A scalar as reflection takes it: 64-bit integers are bigint. */
export type Scalar = string | number | bigint | boolean | Uint8Array;

/** Whether values of the type are integers, of any width. */
export function isIntegerType(type: ScalarType): boolean {
  return integerRanges.has(type);
}

/**
 * Reads a scalar from text as it stands in a path, a query or a JSON string. Strict: integers in range and
 * without leading zeros, `true` or `false`, NaN and ±Infinity by these names, both base64 alphabets; only a
 * string may be empty. Throws FieldProblem.
 */
export function scalarFromText(type: ScalarType, text: string, path: string): Scalar {
  const range = integerRanges.get(type);
  if (range !== undefined) return integerFromText(range, text, path);
  switch (type) {
    case ScalarType.STRING:
      if (!text.isWellFormed()) throw invalidField(path, text, 'must be valid Unicode');
      return text;
    case ScalarType.BOOL:
      if (text !== 'true' && text !== 'false') throw invalidField(path, text, 'must be true or false');
      return text === 'true';
    case ScalarType.BYTES:
      return bytesFromText(text, path);
    default:
      return floatFromText(type, text, path);
  }
}

/** Checks that a number fits a float or double field; a float that would overflow is refused. */
export function checkFloat(
  type: ScalarType,
  value: number,
  path: string,
  was: number | string = value,
): number {
  const fits = Number.isFinite(type === ScalarType.FLOAT ? Math.fround(value) : value);
  if (!fits) throw invalidField(path, was, `must fit a ${type === ScalarType.FLOAT ? 'float' : 'double'}`);
  return value;
}

function integerFromText(range: IntegerRange, text: string, path: string): number | bigint {
  const value = integerText.test(text) ? BigInt(text) : undefined;
  if (value === undefined || value < range.min || value > range.max) {
    throw invalidField(path, text, `must be an integer from ${range.min} to ${range.max}`);
  }
  return range.isLong ? value : Number(value);
}

function floatFromText(type: ScalarType, text: string, path: string): number {
  if (text === 'NaN') return Number.NaN;
  if (text === 'Infinity') return Number.POSITIVE_INFINITY;
  if (text === '-Infinity') return Number.NEGATIVE_INFINITY;
  if (!numberText.test(text)) throw invalidField(path, text, 'must be a number, NaN, Infinity or -Infinity');
  return checkFloat(type, Number(text), path, text);
}

function bytesFromText(text: string, path: string): Uint8Array {
  const digits = text.replace(/=+$/, '').length;
  const paddingFits = digits === text.length || text.length % 4 === 0;
  if (text === '' || !base64Text.test(text) || digits % 4 === 1 || !paddingFits) {
    throw invalidField(path, text, 'must be base64');
  }
  return base64Decode(text);
}
