import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  type Event,
  type Gap,
  GapReason,
  type Heartbeat,
  type SnapshotEnd,
  type SubscribeRequestSchema,
  type SubscriptionStarted,
} from '../../../gen/ts/streamlib/v1/event_pb.ts';

export type SubscribeInit = MessageInitShape<typeof SubscribeRequestSchema>;

/** From where a subscription is to be opened again, moved on by what it hears. */
export class ResumePoint {
  #request: SubscribeInit;
  #cursor: string;
  /** Of the connection that is open. */
  #streamId = '';

  constructor(request: SubscribeInit) {
    this.#request = request;
    this.#cursor = request.after ?? '';
  }

  /** Behind the last event that was handed over; empty where nothing was heard yet. */
  get cursor(): string {
    return this.#cursor;
  }

  get request(): SubscribeInit {
    if (this.#cursor === '') return this.#request;
    const { afterSequence: _replaced, ...request } = this.#request;
    return { ...request, after: this.#cursor, streamId: '' };
  }

  // NB: only a subscription from now on begins at the newest event. One that resumes has the events up to that still
  // before it, and one that waits for its snapshot has to ask for it again.
  started({ streamId, resumed, last }: SubscriptionStarted): void {
    this.#streamId = streamId;
    const isFromNow = this.#cursor === '' && this.#request.afterSequence === undefined;
    if (!resumed && isFromNow && !this.#request.snapshot) this.#moveTo(last);
  }

  snapshotEnded({ sequence }: SnapshotEnd): void {
    this.#request = { ...this.#request, snapshot: false };
    this.#moveTo(sequence);
  }

  // NB: the range of a restart is not known; its gap is told again if no event follows before the next one.
  missed({ reason, toSequence }: Gap): void {
    if (reason === GapReason.OVERTAKEN) this.#moveTo(toSequence);
  }

  heartbeat({ cursor }: Heartbeat): void {
    if (cursor !== '' && !this.#request.snapshot) this.#cursor = cursor;
  }

  handedOver({ cursor }: Event): void {
    this.#cursor = cursor;
  }

  #moveTo(sequence: bigint): void {
    this.#cursor = `${this.#streamId}:${sequence}`;
  }
}
