import type { Committer } from '../commit/committer.ts';
import type { LaneHandle } from '../commit/lane-handle.ts';
import type { LinkRecord, ProcessorRecord } from '../commit/records.ts';
import { type PlainError, StreamlibError } from '../errors.ts';
import type { EventLog } from '../events/event-log.ts';
import { processorTopic } from '../events/topics.ts';
import type { Segment } from '../frame/segment.ts';
import type { ProcessorId } from '../ids.ts';
import type { Logger } from '../log.ts';
import { durationOfMs } from '../loop/views.ts';
import type { ProcessorState } from '../vocabulary.ts';
import { type LastFrame, lastFrameOf } from './last-frame.ts';
import type { RestartSupervisor } from './restart-supervisor.ts';
import { endsStalledLane } from './stall-policy.ts';
import type { WatchdogListener } from './watchdog.ts';

/** What the supervisor acts on. */
export interface StallSupervisorOptions {
  readonly committer: Pick<Committer, 'endLane'>;
  readonly supervisor: Pick<RestartSupervisor, 'failed' | 'reconsider'>;
  /** Does work between commits. */
  enqueue(work: () => Promise<unknown>): Promise<unknown>;
  /** Gives the processor a lane of its own when it is placed next. */
  keepApart(id: ProcessorId, reason: string): void;
  incomingOf(id: ProcessorId): readonly LinkRecord[];
  /** Where the frames lie. */
  readonly segment: Segment;
  setState(record: ProcessorRecord, state: ProcessorState, error?: PlainError): void;
  readonly events: EventLog;
  readonly log: Logger;
}

/**
 * What follows from a stall. It is always told; where the processor's restart strategy says so its lane is ended as
 * well: what else the lane hosted begins anew at once, and the processor itself in a lane of its own, so that it holds
 * nobody up again, when its strategy says.
 */
export class StallSupervisor implements WatchdogListener {
  readonly #options: StallSupervisorOptions;

  constructor(options: StallSupervisorOptions) {
    this.#options = options;
  }

  onStalled(lane: LaneHandle, record: ProcessorRecord, stalledForMs: number): void {
    const { events, log, incomingOf, segment } = this.#options;
    const { processorId, supervision } = record.spec;
    const laneEnded = endsStalledLane(supervision);
    const lastFrame = lastFrameOf(record, incomingOf(processorId), segment);
    const { laneId } = lane;
    const stalledFor = durationOfMs(stalledForMs);
    events.emit(
      {
        case: 'processorStalled',
        value: {
          processorId,
          laneId,
          stalledFor,
          laneEnded,
          lastFrame: lastFrame && messageOf(lastFrame),
        },
      },
      { topic: processorTopic(processorId) },
    );
    const text = `${processorId} has not come back from process for ${seconds(stalledForMs)}`;
    const fields = { processor_id: processorId, lane_id: laneId, ...(lastFrame && fieldsOf(lastFrame)) };
    log.error(laneEnded ? `${text}; its lane is ended` : text, fields);
    if (laneEnded) this.#inBackground(this.#endLane(lane, record, stalledForMs));
  }

  onRecovered({ laneId }: LaneHandle, { spec }: ProcessorRecord, stalledForMs: number): void {
    const { events, log } = this.#options;
    const { processorId } = spec;
    const value = { processorId, laneId, stalledFor: durationOfMs(stalledForMs) };
    events.emit({ case: 'processorRecovered', value }, { topic: processorTopic(processorId) });
    log.warn(`${processorId} came back from process after ${seconds(stalledForMs)}`, {
      processor_id: processorId,
      lane_id: laneId,
    });
  }

  async #endLane(lane: LaneHandle, record: ProcessorRecord, stalledForMs: number): Promise<void> {
    const reason = `kept apart since it held ${lane.laneId} for ${seconds(stalledForMs)}`;
    // At once: a commit that waits for this lane could hold everything up for as long as it waits for a setup.
    await lane.abort(`was ended: ${record.spec.processorId} did not come back from process`);
    await this.#options.enqueue(() => this.#begin(lane, record, reason));
  }

  /** Lets what the lane hosted begin anew, unless the commit that ran meanwhile has seen to it. */
  async #begin(lane: LaneHandle, record: ProcessorRecord, reason: string): Promise<void> {
    const { committer, supervisor, keepApart, setState } = this.#options;
    if (lane.hosted.size === 0) return;
    const { processorId, supervision } = record.spec;
    // It may have been removed or moved meanwhile.
    const isThere = record.lane === lane;
    if (isThere) keepApart(processorId, reason);
    await committer.endLane(lane, isThere ? record : undefined);
    if (isThere) {
      const text = `did not come back from process within ${supervision.watchdogMs} ms`;
      const error = new StreamlibError('LANE_LOST', text).toPlain();
      setState(record, 'failed', error);
      supervisor.failed(record, error);
    }
    supervisor.reconsider();
  }

  /** Nobody waits for it, so what goes wrong is logged. */
  #inBackground(work: Promise<unknown>): void {
    work.catch((error) => {
      const { code, message } = StreamlibError.from(error);
      this.#options.log.error(`a restart after a stall failed: ${message}`, { reason: code });
    });
  }
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

const messageOf = ({ linkId, frameType, sequence, note }: LastFrame) => ({
  linkId: linkId ?? '',
  frameType: frameType ?? '',
  sequence: BigInt(sequence),
  ...(note && { byteLength: BigInt(note.byteLength), monotonicNs: note.monotonicNs }),
});

const fieldsOf = ({ linkId, frameType, sequence, note }: LastFrame) => ({
  link_id: linkId ?? '',
  frame_type: frameType ?? '',
  sequence,
  ...(note && { byte_length: note.byteLength, monotonic_ns: String(note.monotonicNs) }),
});
