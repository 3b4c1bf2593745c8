import { wallClockMs } from '../clock.ts';
import { StreamlibError } from '../errors.ts';
import { DataFrameView } from '../frame/data-frame.ts';
import { decodeFrame, encodeFrame } from '../frame/frame-message.ts';
import type { FramePool } from '../frame/frame-pool.ts';
import type { ProcessorId } from '../ids.ts';
import type { Logger } from '../log.ts';
import type { CallGuard, ReadFrame } from './call-guard.ts';
import type { LaneDeadLetter } from './dead-letter.ts';
import { ErrorLog } from './error-log.ts';
import type { LaneTime } from './lane-time.ts';
import type { ProcessorCounterWriter } from './processor-counters.ts';
import type { ProcessorPorts } from './processor-io.ts';

/** What an error policy works with. */
export interface ErrorHandlingOptions {
  readonly processorId: ProcessorId;
  readonly ports: ProcessorPorts;
  readonly counters: ProcessorCounterWriter;
  readonly pool: FramePool;
  readonly time: LaneTime;
  readonly log: Logger;
  /** Whether a call is for a frame that waits. */
  readonly waitsForInput: boolean;
  report(letter: LaneDeadLetter): void;
}

/** Does what an error policy other than `propagate` says with a call of `process` that threw. */
export class ErrorHandling {
  readonly #options: ErrorHandlingOptions;
  readonly #errors: ErrorLog;

  constructor(options: ErrorHandlingOptions) {
    this.#options = options;
    this.#errors = new ErrorLog(options.log);
  }

  /**
   * Counts the error and its frames, keeps or replaces them, and ends the call. A call that has read nothing failed for
   * the frame that it was made for: that is read in its place, or it would be called for it again without end. Answers
   * what it has failed with.
   */
  handle(thrown: unknown, guard: CallGuard, defaultFrame: Uint8Array | undefined): StreamlibError {
    const { counters, ports, time, waitsForInput } = this.#options;
    const failure = StreamlibError.from(thrown, 'PROCESS_FAILED');
    counters.countError();
    const stack = thrown instanceof Error ? (thrown.stack ?? '') : '';
    this.#errors.write(failure, { code: failure.code, stack }, time.us);
    if (waitsForInput && guard.reads === 0) ports.readOldest()?.release();
    counters.countFramesFailed(guard.reads);
    if (guard.errorPolicy === 'dead_letter') for (const read of guard.kept) this.#keep(read, failure);
    else if (guard.errorPolicy === 'use_default' && defaultFrame !== undefined)
      this.#writeDefault(defaultFrame, guard.kept[0]);
    guard.end();
    return failure;
  }

  #keep({ inputPort, frame, attempts }: ReadFrame, failure: StreamlibError): void {
    const { processorId, log, report } = this.#options;
    const { code, message } = failure;
    try {
      const bytes = encodeFrame(frame);
      report({
        processorId,
        inputPort,
        bytes,
        error: { code, message },
        failedAtMs: wallClockMs(),
        attempts,
      });
    } catch (error) {
      log.error(`a frame could not be kept as a dead letter: ${StreamlibError.from(error).message}`);
    }
  }

  /** Writes the default to every output that takes it, with the times of the frame whose place it takes. */
  #writeDefault(defaultFrame: Uint8Array, read: ReadFrame | undefined): void {
    const { ports, pool, time } = this.#options;
    for (const output of ports.dataOutputs()) {
      const frame = decodeFrame(defaultFrame, pool) as DataFrameView;
      const original = read?.frame;
      frame.monotonicUs = original?.monotonicUs ?? time.us;
      if (original instanceof DataFrameView) {
        if (frame.timestampUs === 0) frame.timestampUs = original.timestampUs;
        if (frame.sequenceId === 0) frame.sequenceId = original.sequenceId;
      }
      output.write(frame);
    }
  }
}
