import { parentPort } from 'node:worker_threads';

/** In a module of bench/threads/: answers every message of the program with what `answer` gives for it, or throws. */
export function answerMessages<Request, Result>(
  answer: (request: Request) => Result | Promise<Result>,
): void {
  parentPort?.on('message', async (request: Request) => {
    try {
      parentPort?.postMessage({ result: await answer(request) });
    } catch (error) {
      parentPort?.postMessage({
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
    }
  });
}
