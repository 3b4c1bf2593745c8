import { median } from './statistics.ts';

/** Measures once and answers with the value. */
export type Side = () => number | Promise<number>;

/**
 * Measures every side once per round, in turns and each second round backwards, so that what disturbs the machine
 * meanwhile disturbs them alike. Answers the median of each side. One round before is thrown away.
 */
export async function mediansOfRounds<Name extends string>(
  rounds: number,
  sides: Readonly<Record<Name, Side>>,
): Promise<Record<Name, number>> {
  const names = Object.keys(sides) as Name[];
  const values = new Map(names.map((name) => [name, [] as number[]]));
  for (let round = 0; round <= rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const value = await sides[name]();
      if (round > 0) values.get(name)?.push(value);
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(values.get(name) ?? [])])) as Record<
    Name,
    number
  >;
}
