import { parentPort, workerData } from 'node:worker_threads';
import { StreamlibError } from '../errors.ts';
import type { JournalReply, JournalRequest, JournalStart } from './journal-messages.ts';
import { JournalService } from './journal-service.ts';

/* What the journal's thread runs. Its workerData is a JournalStart; its messages are those of journal-messages.ts. */

const port = parentPort;
if (port === null) throw new Error('journal-thread runs in a worker thread only');
const service = new JournalService(workerData as JournalStart, (error) => {
  port.postMessage({ upkeepError: error.toPlain() } satisfies JournalReply);
});

port.on('message', async ({ id, request }: { id: number; request: JournalRequest }) => {
  let reply: JournalReply;
  try {
    const value = service.answer(request);
    reply = { id, value: value instanceof Promise ? await value : value };
  } catch (error) {
    reply = { id, error: StreamlibError.from(error, 'JOURNAL_UNAVAILABLE').toPlain() };
  }
  port.postMessage(reply);
  if (request.kind === 'close') port.close();
});
