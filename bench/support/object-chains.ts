import assert from 'node:assert/strict';
import { Readable, Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { map, Observable } from 'rxjs';

/** What the peers move: objects that exist before, as frames do. */
interface Item {
  number: number;
}

const ITEMS = 1024;
const HIGH_WATER_MARK = 1024;
const items: Item[] = Array.from({ length: ITEMS }, (_, number) => ({ number }));
const itemAt = (number: number): Item => items[number % ITEMS] as Item;

/** Moves items through five object-mode streams, from a Readable to a Writable; answers how many a second. */
export async function streamRate(count: number): Promise<number> {
  const options = { objectMode: true, highWaterMark: HIGH_WATER_MARK };
  let made = 0;
  let seen = 0;
  const source = new Readable({
    ...options,
    read() {
      while (made < count && this.push(itemAt(made++)));
      if (made === count) this.push(null);
    },
  });
  const forwarders = Array.from(
    { length: 3 },
    () => new Transform({ ...options, transform: (item, _, done) => done(null, item) }),
  );
  const sink = new Writable({
    ...options,
    write(item: Item, _, done) {
      if (item === itemAt(seen)) seen++;
      done();
    },
  });
  const startedMs = performance.now();
  await pipeline([source, ...forwarders, sink]);
  const tookMs = performance.now() - startedMs;
  assert.equal(seen, count, 'items that came through the streams in order');
  return (count / tookMs) * 1000;
}

/** Moves items through five operators of RxJS; answers how many a second. */
export function rxjsRate(count: number): number {
  const forward = map((item: Item) => item);
  let seen = 0;
  const startedMs = performance.now();
  new Observable<Item>((subscriber) => {
    for (let number = 0; number < count; number++) subscriber.next(itemAt(number));
    subscriber.complete();
  })
    .pipe(forward, forward, forward, forward, forward)
    .subscribe((item) => {
      if (item === itemAt(seen)) seen++;
    });
  const tookMs = performance.now() - startedMs;
  assert.equal(seen, count, 'items that came through the operators in order');
  return (count / tookMs) * 1000;
}
