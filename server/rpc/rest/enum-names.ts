import type { DescEnum, DescEnumValue } from '@bufbuild/protobuf';
import { invalidField } from './field-problem.ts';

const int32Max = 2 ** 31 - 1;
const int32Min = -(2 ** 31);

const numbersByName = new WeakMap<DescEnum, ReadonlyMap<string, number>>();

/** The name without the prefix that all values of the enum share, in lower case. */
export function shortEnumName(value: DescEnumValue): string {
  const prefix = value.parent.sharedPrefix ?? '';
  return value.name.slice(prefix.length).toLowerCase();
}

/**
 * The number that a name stands for: full, short or custom JSON name. Throws FieldProblem with the known names
 * for any other text.
 */
export function enumNumberFromName(desc: DescEnum, name: string, path: string): number {
  const number = namesOf(desc).get(name);
  if (number === undefined) {
    const known = desc.values.map(shortEnumName).join(', ');
    throw invalidField(path, name, `must be one of ${known}`);
  }
  return number;
}

/** Checks a number for an enum field: any int32, and only a defined one where the enum is closed. */
export function enumNumberFromNumber(desc: DescEnum, number: number, path: string): number {
  const inRange = Number.isInteger(number) && number >= int32Min && number <= int32Max;
  if (!inRange || (!desc.open && desc.value[number] === undefined)) {
    throw invalidField(path, number, `must be a value of ${desc.typeName}`);
  }
  return number;
}

function namesOf(desc: DescEnum): ReadonlyMap<string, number> {
  const present = numbersByName.get(desc);
  if (present !== undefined) return present;
  const names = new Map<string, number>();
  for (const value of desc.values.toReversed()) names.set(shortEnumName(value), value.number);
  for (const value of desc.values) names.set(value.name, value.number).set(value.jsonName, value.number);
  numbersByName.set(desc, names);
  return names;
}
