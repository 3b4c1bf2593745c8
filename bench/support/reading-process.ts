import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { OpenReaders, ReadersAnswer, ReadersReport, ReadersRequest } from './event-readers.ts';

/** How long readers may take to get what has been published. */
const CATCH_UP_MS = 15_000;

/** What readers of events got. */
export interface ReadEvents {
  /** Over all readers. */
  readonly lost: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Readers of events in a process of their own: see event-readers.ts. Disposing it ends the process. */
export class ReadingProcess implements AsyncDisposable {
  readonly #process: ChildProcess = fork(new URL('./event-readers.ts', import.meta.url));
  readonly #ended = once(this.#process, 'exit');

  /** Resolves when every reader has been told that it begins. */
  async open(readers: OpenReaders): Promise<void> {
    await this.#ask({ do: 'open', ...readers });
    await this.begin();
  }

  /** Forgets what has been read so far. */
  async begin(): Promise<void> {
    await this.#ask({ do: 'begin' });
  }

  /** Waits until so many events are with every reader, or until nothing comes any more, and says what they got. */
  async take(published: number): Promise<ReadEvents> {
    const deadlineMs = performance.now() + CATCH_UP_MS;
    for (;;) {
      const report = await this.#report();
      const lost = lostOf(report, published);
      if (lost === 0 || performance.now() > deadlineMs) return { ...report, lost };
      await pause(50);
    }
  }

  async close(): Promise<void> {
    await this.#ask({ do: 'close' });
  }

  async #report(): Promise<ReadersReport> {
    return (await this.#ask({ do: 'report' })) as ReadersReport;
  }

  async #ask(request: ReadersRequest): Promise<ReadersAnswer> {
    const answered = once(this.#process, 'message');
    this.#process.send(request);
    const [answer] = await Promise.race([answered, this.#ended.then(() => [READERS_ENDED])]);
    if ('error' in answer) throw new Error(answer.error);
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.connected) this.#process.disconnect();
    await this.#ended;
  }
}

const READERS_ENDED = { error: 'the readers ended before they answered' };

/** One reader looks at every event; who got as many bytes got the same events. */
function lostOf({ bytes, events }: ReadersReport, published: number): number {
  const [expected = 0] = bytes;
  if (events === 0) return published * bytes.length;
  assert.ok(events <= published, `${events} events arrived of ${published}`);
  const bytesPerEvent = expected / events;
  const missing = bytes.map((got) => published - got / bytesPerEvent);
  // NB: events are not all of one length, so that less than half of one is none.
  return missing.reduce((sum, count) => sum + Math.max(Math.round(count), 0), 0);
}
