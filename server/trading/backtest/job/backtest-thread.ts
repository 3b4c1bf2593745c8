import { parentPort } from 'node:worker_threads';
import { toBinary } from '@bufbuild/protobuf';
import { BacktestReportSchema } from '../../../../gen/ts/streamlib/v1/backtest_report_pb.ts';
import { mediaClock } from '../../../runtime/clock.ts';
import { type PlainError, StreamlibError } from '../../../runtime/errors.ts';
import type { BacktestAdvance, BacktestOrder } from './backtest-order.ts';
import { reportMessage } from './report-message.ts';
import { runBacktest } from './run-backtest.ts';

/** What the thread says of the order that it works on. */
export type BacktestNote =
  | { readonly note: 'advanced'; readonly advance: BacktestAdvance }
  | { readonly note: 'finished'; readonly report: Uint8Array<ArrayBuffer> }
  | { readonly note: 'failed'; readonly error: PlainError };

const ADVANCE_EVERY_US = 200_000;

const say = (note: BacktestNote): void => parentPort?.postMessage(note);

// One order after the other: who gives them waits for the end of each.
parentPort?.on('message', async (order: BacktestOrder) => {
  let toldUs = mediaClock.nowUs();
  try {
    const outcome = await runBacktest(order, (advance) => {
      const nowUs = mediaClock.nowUs();
      if (nowUs - toldUs < ADVANCE_EVERY_US) return;
      toldUs = nowUs;
      say({ note: 'advanced', advance });
    });
    say({ note: 'finished', report: toBinary(BacktestReportSchema, reportMessage(outcome, order)) });
  } catch (error) {
    say({ note: 'failed', error: StreamlibError.from(error).toPlain() });
  }
});
