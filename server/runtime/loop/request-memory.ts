import { createHash } from 'node:crypto';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import type { CommandEnvelope, CommandResult } from '../../../gen/ts/streamlib/v1/command_pb.ts';
import { CommandResultSchema, RuntimeCommandSchema } from '../../../gen/ts/streamlib/v1/command_pb.ts';
import type { AnsweredRequest, StoredRevision } from '../../../gen/ts/streamlib/v1/journal_pb.ts';
import { wallClockMs } from '../clock.ts';
import { StreamlibError } from '../errors.ts';
import { resourceOf } from '../history/call-audit.ts';
import type { ControlJournal } from '../history/control-journal.ts';
import { REMEMBERED_COUNT, REMEMBERED_MS } from '../history/request-index.ts';

const LONGEST_ID = 128;
const PRINTABLE = /^[\x20-\x7e]*$/;

/** A request as the journal stores it, before it has an answer. */
export type RequestStub = Pick<AnsweredRequest, 'actor' | 'requestId' | 'payloadHash'>;

interface Remembered {
  readonly payload: string;
  readonly answer: Promise<CommandResult>;
  readonly timeMs: number;
}

/** How a command is executed, or answered once more. */
export interface RequestHandlers {
  /** Executes it. What makes a revision stores the request with it. */
  execute(request: RequestStub): Promise<CommandResult>;
  /** The answer that a stored revision was given. */
  answerAgain(stored: StoredRevision): CommandResult;
}

/**
 * The answers to commands that carry a `request_id`, per actor: a command that comes again gets the answer of the
 * first time, also while that is still on its way and after a restart of the server, and nothing is done twice.
 */
export class RequestMemory {
  readonly #journal: ControlJournal;
  /** In the order of arrival, so that the oldest is the first. */
  readonly #answers = new Map<string, Remembered>();

  constructor(journal: ControlJournal) {
    this.#journal = journal;
  }

  /** The stored answer to a command with a request_id, or the one that `execute` gives. Throws REQUEST_ID_REUSED for another payload. */
  answer(envelope: CommandEnvelope, handlers: RequestHandlers): Promise<CommandResult> {
    const requestId = envelope.context?.requestId ?? '';
    const actor = envelope.context?.actor ?? '';
    assertRequestId(requestId);
    const key = `${actor}\n${requestId}`;
    const payloadHash = hashOf(envelope);
    const payload = Buffer.from(payloadHash).toString('base64');
    const known = this.#answers.get(key);
    if (known !== undefined && wallClockMs() - known.timeMs < REMEMBERED_MS) {
      if (known.payload === payload) return known.answer;
      throw reused(requestId);
    }
    const request = { actor, requestId, payloadHash };
    const isStored = this.#journal.requests.recordOf(actor, requestId, wallClockMs()) !== undefined;
    const answer = isStored
      ? this.#fromJournal(request, handlers)
      : this.#execute(envelope, request, handlers);
    this.#answers.delete(key);
    this.#answers.set(key, { payload, answer, timeMs: wallClockMs() });
    this.#forgetOldest();
    return answer;
  }

  async #execute(
    envelope: CommandEnvelope,
    request: RequestStub,
    handlers: RequestHandlers,
  ): Promise<CommandResult> {
    const result = await handlers.execute(request);
    const { actor, requestId } = request;
    // NB: an error did nothing that a retry could do twice, and a revision has the request with it already.
    if (result.result.case === 'error') return result;
    if (this.#journal.requests.recordOf(actor, requestId, wallClockMs()) !== undefined) return result;
    await this.#journal.appendCall({
      actor,
      origin: envelope.context?.origin,
      command: envelope.command?.command.case,
      resource: envelope.command && resourceOf(envelope.command),
      request: { ...request, result: toBinary(CommandResultSchema, result) },
    });
    return result;
  }

  async #fromJournal(request: RequestStub, handlers: RequestHandlers): Promise<CommandResult> {
    const stored = await this.#journal.answered(request.actor, request.requestId);
    if (stored === undefined) return handlers.execute(request);
    const known = stored.request;
    if (known === undefined || !Buffer.from(known.payloadHash).equals(request.payloadHash))
      throw reused(request.requestId);
    return known.result.length > 0
      ? fromBinary(CommandResultSchema, known.result)
      : handlers.answerAgain(stored as StoredRevision);
  }

  #forgetOldest(): void {
    const now = wallClockMs();
    for (const [key, { timeMs }] of this.#answers) {
      if (this.#answers.size <= REMEMBERED_COUNT && now - timeMs < REMEMBERED_MS) return;
      this.#answers.delete(key);
    }
  }
}

function hashOf({ command }: CommandEnvelope): Uint8Array {
  const hash = createHash('sha256');
  if (command !== undefined) hash.update(toBinary(RuntimeCommandSchema, command));
  return hash.digest();
}

function reused(requestId: string): StreamlibError {
  const message = `request_id was used for another request already, was ${JSON.stringify(requestId)}`;
  return new StreamlibError('REQUEST_ID_REUSED', message, { path: 'request_id' });
}

function assertRequestId(requestId: string): void {
  if (requestId.length <= LONGEST_ID && PRINTABLE.test(requestId)) return;
  const message = `request_id must be at most ${LONGEST_ID} printable characters, was ${JSON.stringify(requestId)}`;
  throw new StreamlibError('FIELD_INVALID', message, { path: 'request_id' });
}
