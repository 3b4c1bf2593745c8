import { Code, ConnectError } from '@connectrpc/connect';
import { errorDetails } from './error-codes.ts';
import type { AnyRequest } from './request-listener.ts';

/** Nothing here looks at it; the protocols' library wants one. */
const SUBSTITUTE = 'localhost';

/**
 * Sees to it that a request names an authority of which a URL can be made, as the protocols' library does before it
 * answers anything. Answers the refusal of one that names another; HTTP/1.0 need not name any.
 */
export function refuseWrongAuthority(request: AnyRequest): ConnectError | undefined {
  const given = 'authority' in request ? request.authority : request.headers.host;
  if (given !== undefined && given !== '' && URL.canParse(`http://${given}`)) return undefined;
  request.headers['authority' in request ? ':authority' : 'host'] = SUBSTITUTE;
  if (given === undefined) return undefined;
  const message = `host must be a name or an address with or without a port, was ${JSON.stringify(given)}`;
  return new ConnectError(message, Code.InvalidArgument, undefined, errorDetails('FIELD_INVALID'));
}
