import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/*
 * A program of its own, so that its work is none of the server's: sends the same HTTP/1.1 request again and again over
 * some connections whenever its parent asks, and says how long that took. It looks at no more of an answer than that it
 * begins like the first one and is as long, and so costs far less than any server.
 */

/** From the parent. */
export interface Repetition {
  readonly port: number;
  /** Head and body, in Latin-1. */
  readonly request: string;
  /** What the first answer of each connection must contain; the later ones are as long. */
  readonly expected: string;
  readonly calls: number;
  readonly connections: number;
}

/** To the parent. */
export type RepetitionTook = { readonly elapsedMs: number } | { readonly error: string };

const BLANK_LINE = '\r\n\r\n';

interface Connection {
  readonly socket: Socket;
  readonly answerBytes: number;
}

/** Opens a connection and makes the call of which it learns what an answer looks like. */
async function open({ port, request, expected }: Repetition): Promise<Connection> {
  const socket = connect(port, '127.0.0.1').setNoDelay(true);
  await once(socket, 'connect');
  socket.write(request, 'latin1');
  let answer = '';
  while (!isWhole(answer)) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    answer += chunk.toString('latin1');
  }
  if (!answer.startsWith('HTTP/1.1 200 ') || !answer.includes(expected))
    throw new Error(`the answer must be 200 with ${expected}, was ${answer}`);
  return { socket, answerBytes: answer.length };
}

function isWhole(answer: string): boolean {
  const end = answer.indexOf(BLANK_LINE);
  if (end === -1) return false;
  const head = answer.slice(0, end).toLowerCase();
  const length = /content-length: (\d+)/.exec(head)?.[1];
  if (length !== undefined) return answer.length === end + BLANK_LINE.length + Number(length);
  return answer.endsWith(`0${BLANK_LINE}`);
}

async function repeat(repetition: Repetition): Promise<RepetitionTook> {
  const { request, calls, connections } = repetition;
  const opened = await Promise.all(Array.from({ length: connections }, () => open(repetition)));
  const bytes = Buffer.from(request, 'latin1');
  let left = calls;
  const callOver = ({ socket, answerBytes }: Connection): Promise<void> =>
    new Promise((resolve, reject) => {
      let received = 0;
      const callNext = (): void => {
        if (left-- > 0) socket.write(bytes);
        else resolve();
      };
      socket.on('error', reject);
      socket.on('close', () => reject(new Error('the server closed the connection')));
      socket.on('data', (chunk) => {
        if (received === 0 && chunk.toString('latin1', 0, 12) !== 'HTTP/1.1 200')
          reject(new Error(`an answer was ${chunk}`));
        received += chunk.length;
        if (received < answerBytes) return;
        if (received > answerBytes) reject(new Error(`an answer was ${received - answerBytes} bytes longer`));
        received = 0;
        callNext();
      });
      callNext();
    });
  const startedMs = performance.now();
  await Promise.all(opened.map(callOver));
  const elapsedMs = performance.now() - startedMs;
  for (const { socket } of opened) socket.removeAllListeners('close').destroy();
  return { elapsedMs };
}

process.on('message', (message: Repetition) => {
  repeat(message).then(
    (answer) => process.send?.(answer),
    (error) => process.send?.({ error: String(error) } satisfies RepetitionTook),
  );
});
