/** What is wrong with an annotation. */
export type RouteErrorCode =
  | 'template_invalid'
  | 'field_unknown'
  | 'field_unsuitable'
  | 'binding_incomplete'
  | 'binding_nested'
  | 'binding_duplicate'
  | 'stream_unsupported';

/**
 * An annotation that cannot be served. Thrown while the routes are compiled, never while a request is
 * answered. `where` is the method, as `package.Service.Method`, or the template where no method is known.
 */
export class RouteError extends Error {
  override readonly name = 'RouteError';
  readonly code: RouteErrorCode;
  readonly where: string;

  constructor(code: RouteErrorCode, where: string, message: string) {
    super(`${where}: ${message}`);
    this.code = code;
    this.where = where;
  }
}
