import { Code, ConnectError } from '@connectrpc/connect';

/** A refusal by HTTP's own rules: its status is not the one that its code maps to. */
export class HttpProblem extends ConnectError {
  // NB: no `instanceof HttpProblem`. ConnectError's own check, which is inherited, takes every ConnectError.
  readonly httpStatus: number;

  constructor(httpStatus: number, code: Code, message: string, headers?: Record<string, string>) {
    super(message, code, headers);
    this.httpStatus = httpStatus;
  }
}

/** 404: no route has this path. */
export function pathNotFound(path: string): HttpProblem {
  return new HttpProblem(404, Code.NotFound, `no such path: ${path}`);
}

/** 405, with the methods that the path does take. */
export function methodNotAllowed(method: string, allowed: readonly string[]): HttpProblem {
  const list = allowed.join(', ');
  return new HttpProblem(405, Code.Unimplemented, `method must be one of ${list}, was ${method}`, {
    allow: list,
  });
}

/** 413. */
export function bodyTooLarge(maxBytes: number): HttpProblem {
  return new HttpProblem(413, Code.ResourceExhausted, `request body must be at most ${maxBytes} bytes`);
}

/** 415. */
export function unsupportedMediaType(message: string): HttpProblem {
  return new HttpProblem(415, Code.InvalidArgument, message);
}
