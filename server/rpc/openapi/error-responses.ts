import type { JsonObject } from '@bufbuild/protobuf';
import type { Route } from '../rest/index.ts';

/** What callers are told about one HTTP status of errors. */
export interface ErrorStatusText {
  readonly status: number;
  readonly description: string;
  /** The reasons in ErrorInfo that come with it. */
  readonly reasons: readonly string[];
}

/** `components.responses`: one for each status, with its reasons. */
export function errorComponents(statuses: readonly ErrorStatusText[]): JsonObject {
  const content = { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } };
  return Object.fromEntries(
    statuses.map(({ status, description, reasons }) => {
      const list = reasons.map((reason) => `\`${reason}\``).join(', ');
      const text = reasons.length === 0 ? description : `${description} Reasons: ${list}.`;
      return [componentName(status), { description: text, content }];
    }),
  );
}

/** The `responses` of a route that are errors. */
export function errorResponses(route: Route, statuses: readonly ErrorStatusText[]): JsonObject {
  return Object.fromEntries(
    statuses
      .filter(({ status }) => mayAnswer(route, status))
      .map(({ status }) => [String(status), { $ref: `#/components/responses/${componentName(status)}` }]),
  );
}

function mayAnswer(route: Route, status: number): boolean {
  const takesNothing = route.method.input.fields.length === 0;
  if (status === 404) return !takesNothing;
  if (status === 409) return route.httpMethod !== 'GET';
  if (status === 413 || status === 415) return route.body.kind !== 'none';
  return true;
}

const componentName = (status: number): string => `Error${status}`;
