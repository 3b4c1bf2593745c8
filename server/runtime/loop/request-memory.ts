import { createHash } from 'node:crypto';
import { toBinary } from '@bufbuild/protobuf';
import type { CommandEnvelope, CommandResult } from '../../../gen/ts/streamlib/v1/command_pb.ts';
import { RuntimeCommandSchema } from '../../../gen/ts/streamlib/v1/command_pb.ts';
import { wallClockMs } from '../clock.ts';
import { StreamlibError } from '../errors.ts';

/** How long, and how many, answers are kept for a retry: what API.md promises. */
const KEPT_MS = 24 * 60 * 60 * 1000;
const KEPT_COUNT = 100_000;
const LONGEST_ID = 128;
const PRINTABLE = /^[\x20-\x7e]*$/;

interface Remembered {
  readonly payload: string;
  readonly answer: Promise<CommandResult>;
  readonly timeMs: number;
}

/**
 * The answers to commands that carry a `request_id`, per actor: a command that comes again gets the answer of the
 * first time, also while that is still on its way, and nothing is done twice.
 */
export class RequestMemory {
  /** In the order of arrival, so that the oldest is the first. */
  readonly #answers = new Map<string, Remembered>();

  /** The stored answer to a command with a request_id, or the one that `execute` gives. Throws REQUEST_ID_REUSED for another payload. */
  answer(envelope: CommandEnvelope, execute: () => Promise<CommandResult>): Promise<CommandResult> {
    const requestId = envelope.context?.requestId ?? '';
    if (envelope.command === undefined) return execute();
    assertRequestId(requestId);
    const key = `${envelope.context?.actor ?? ''}\n${requestId}`;
    const bytes = toBinary(RuntimeCommandSchema, envelope.command);
    const payload = createHash('sha256').update(bytes).digest('base64');
    const known = this.#answers.get(key);
    if (known !== undefined && wallClockMs() - known.timeMs < KEPT_MS) {
      if (known.payload === payload) return known.answer;
      const message = `request_id was used for another request already, was ${JSON.stringify(requestId)}`;
      throw new StreamlibError('REQUEST_ID_REUSED', message, { path: 'request_id' });
    }
    const answer = execute();
    this.#answers.delete(key);
    this.#answers.set(key, { payload, answer, timeMs: wallClockMs() });
    this.#forgetOldest();
    return answer;
  }

  #forgetOldest(): void {
    const now = wallClockMs();
    for (const [key, { timeMs }] of this.#answers) {
      if (this.#answers.size <= KEPT_COUNT && now - timeMs < KEPT_MS) return;
      this.#answers.delete(key);
    }
  }
}

function assertRequestId(requestId: string): void {
  if (requestId.length <= LONGEST_ID && PRINTABLE.test(requestId)) return;
  const message = `request_id must be at most ${LONGEST_ID} printable characters, was ${JSON.stringify(requestId)}`;
  throw new StreamlibError('FIELD_INVALID', message, { path: 'request_id' });
}
