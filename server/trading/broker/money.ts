import { StreamlibError } from '../../runtime/errors.ts';

/**
 * An exact amount of the account's currency, in units of 10^-18 of it. Sums and products of amounts never lose anything;
 * only a division rounds, and says how.
 */
export type Money = bigint;

/** Digits of an amount behind the point. */
export const MONEY_DECIMALS = 18;
/** What the double nearest to an amount keeps of it is worked out in two parts, below and above this. */
const UNITS_PER_MICRO = 10n ** 12n;

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/;

/**
 * The amount that a number shows as: 0.1 is exactly a tenth. Throws FIELD_INVALID, naming the field, for what is not
 * finite or has more than 18 digits behind the point.
 */
export function toMoney(value: number, field: string): Money {
  const match = NUMBER.exec(String(value));
  if (match === null) throw invalid(field, 'must be an amount', value);
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  const shift = MONEY_DECIMALS - fraction.length + Number(exponent);
  const digits = BigInt(whole + fraction);
  if (shift < 0 && digits % 10n ** BigInt(-shift) !== 0n)
    throw invalid(field, `must have at most ${MONEY_DECIMALS} digits behind the point`, value);
  const amount = shift < 0 ? digits / 10n ** BigInt(-shift) : digits * 10n ** BigInt(shift);
  return sign === '-' ? -amount : amount;
}

/** The amount as a number, to about 15 digits. */
export function moneyToNumber(amount: Money): number {
  // NB: a quotient of two doubles beyond 2^53 would round twice; amounts of up to nine digits are exact to a micro unit.
  const micros = amount / UNITS_PER_MICRO;
  const rest = amount % UNITS_PER_MICRO;
  return rest === 0n ? Number(micros) / 1e6 : Number(micros) / 1e6 + Number(rest) / 1e18;
}

/** `amount * numerator / denominator` to the nearest unit, halves away from 0. `denominator` is above 0. */
export function scaleMoney(amount: Money, numerator: bigint, denominator: bigint): Money {
  const product = amount * numerator;
  const half = denominator / 2n;
  return (product < 0n ? product - half : product + half) / denominator;
}

export const absMoney = (amount: Money): Money => (amount < 0n ? -amount : amount);

function invalid(field: string, text: string, value: number): StreamlibError {
  return new StreamlibError('FIELD_INVALID', `${field} ${text}, was ${value}`, { path: field });
}
