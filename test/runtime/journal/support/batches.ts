/** How many records the batch has that begins with this sequence: a journal that ends within one is torn. */
export const batchSize = (first: number): number => 1 + (first % 3);

/** Whether a journal with this last record ends with a whole batch. */
export function endsWithWholeBatch(last: number): boolean {
  let first = 1;
  while (first <= last) first += batchSize(first);
  return first === last + 1;
}
