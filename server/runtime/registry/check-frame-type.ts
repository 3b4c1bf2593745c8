import { COMMON_HEADER_BYTES, type FrameType } from '../frame/frame-type.ts';

const NAME =
  /^(DataFrame|VideoFrame|MarketData|AudioFrame<(\*|\d{1,3})>|[a-z][a-z0-9-]*\.[A-Z][A-Za-z0-9]{0,62})$/;
const FUNCTIONS = ['byteLength', 'view', 'format', 'toJson', 'encode', 'decode'] as const;

/** What is wrong with a frame type that a descriptor mentions: the member, what it must be and what it was. */
export interface FrameTypeFault {
  /** Empty for the type itself. */
  readonly member: string;
  readonly rule: string;
  readonly was: unknown;
}

/** The first fault of what should be a frame type, or undefined. */
export function frameTypeFault(type: unknown): FrameTypeFault | undefined {
  if (typeof type !== 'object' || type === null) {
    return { member: '', rule: 'must be a frame type or "any"', was: type };
  }
  const given: Partial<FrameType> = type;
  const { name, version, headerBytes } = given;
  if (typeof name !== 'string' || !NAME.test(name)) {
    return { member: '.name', rule: 'must be PascalCase with "vendor." before it', was: name };
  }
  if (!isWhole(version, 1))
    return { member: '.version', rule: 'must be a whole number from 1', was: version };
  if (!isWhole(headerBytes, COMMON_HEADER_BYTES) || headerBytes % 8 !== 0) {
    const rule = `must be a multiple of 8 from ${COMMON_HEADER_BYTES}`;
    return { member: '.headerBytes', rule, was: headerBytes };
  }
  const missing = FUNCTIONS.find((member) => typeof given[member] !== 'function');
  if (missing === undefined) return undefined;
  return { member: `.${missing}`, rule: 'must be a function', was: given[missing] };
}

const isWhole = (value: unknown, least: number): value is number =>
  Number.isInteger(value) && (value as number) >= least;
