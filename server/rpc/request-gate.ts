import { Code, ConnectError, createContextKey, type HandlerContext } from '@connectrpc/connect';
import { describeProtocolError } from './protocol-error.ts';

/** What a door found wrong with a request before it looked for its message. */
export const refusalKey = createContextKey<ConnectError | undefined>(undefined, {
  description: 'why the request is refused',
});

/**
 * Stands before the body of every request is read, in whatever protocol it is: throws the refusal of the door, and sees
 * to it that what the protocol itself refuses says why in the same form as everything else. Such requests, which never
 * became a message, do not reach the interceptors.
 */
export function passGate({ values, signal }: HandlerContext): void {
  const refusal = values.get(refusalKey);
  if (refusal !== undefined) throw refusal;
  // The handlers end the call with its error as the reason before they write the error.
  signal.addEventListener(
    'abort',
    () => {
      if (signal.reason instanceof ConnectError && signal.reason.code !== Code.Canceled)
        describeProtocolError(signal.reason);
    },
    { once: true },
  );
}
