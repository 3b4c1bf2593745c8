import { tryDecodeSegment } from './percent-decode.ts';
import { RouteError } from './route-error.ts';

/** One segment of a template. The text of a literal is decoded. */
export type TemplateSegment =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'rest' };

/** A part of the path that is bound to a request field. */
export interface TemplateVariable {
  /** Names of fields from the request message down, as written. */
  readonly fieldPath: readonly string[];
  /** Index of its first segment. */
  readonly start: number;
  /** Index after its last segment; undefined when it reaches to the end of the path. */
  readonly end: number | undefined;
  /** Whether it spans more than one segment, or may: then `%2F` in it is not decoded. */
  readonly multiSegment: boolean;
}

/** A parsed `google.api.http` path. */
export interface PathTemplate {
  readonly text: string;
  readonly segments: readonly TemplateSegment[];
  readonly variables: readonly TemplateVariable[];
  /** What stands after the colon that follows the last segment, decoded. */
  readonly verb: string | undefined;
}

const identifier = /^[A-Za-z_][A-Za-z0-9_]*$/;
// RFC 3986: what a path segment may contain, without the colon, which begins a verb.
const literalText = /^(?:[A-Za-z0-9\-._~!$&'()+,;=@]|%[0-9A-Fa-f]{2})+$/;

/**
 * Parses a template by the grammar in google/api/http.proto: `"/" segments [ ":" verb ]`. `**` stands last and
 * matches any number of segments, none included; `{a.b}` is `{a.b=*}`. Throws RouteError `template_invalid`
 * with the template and the reason, also for nested and repeated variables.
 */
export function parsePathTemplate(text: string): PathTemplate {
  const fail = (reason: string): never => {
    throw new RouteError('template_invalid', text, reason);
  };
  if (!text.startsWith('/')) fail('must begin with "/"');
  const { path, verb } = splitVerb(text, fail);
  const segments: TemplateSegment[] = [];
  const variables: TemplateVariable[] = [];
  for (const part of splitOutsideBraces(path.slice(1), fail)) {
    if (part.startsWith('{')) {
      variables.push(parseVariable(part, segments, fail));
    } else {
      segments.push(parseSegment(part, fail));
    }
  }
  const rest = segments.findIndex((segment) => segment.kind === 'rest');
  if (rest !== -1 && rest !== segments.length - 1) fail('"**" must be the last segment');
  const names = variables.map((variable) => variable.fieldPath.join('.'));
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) fail(`binds "${repeated}" twice`);
  return { text, segments, variables, verb };
}

type Fail = (reason: string) => never;

function splitVerb(text: string, fail: Fail): { path: string; verb: string | undefined } {
  const colon = text.lastIndexOf(':');
  if (colon < Math.max(text.lastIndexOf('/'), text.lastIndexOf('}'))) return { path: text, verb: undefined };
  return { path: text.slice(0, colon), verb: parseLiteral(text.slice(colon + 1), fail) };
}

function splitOutsideBraces(path: string, fail: Fail): string[] {
  const parts: string[] = [];
  let start = 0;
  let inVariable = false;
  for (let index = 0; index < path.length; index += 1) {
    const character = path[index];
    if (character === '{') {
      if (inVariable) fail('nests a variable in a variable');
      inVariable = true;
    } else if (character === '}') {
      if (!inVariable) fail('has "}" without "{"');
      inVariable = false;
    } else if (character === '/' && !inVariable) {
      parts.push(path.slice(start, index));
      start = index + 1;
    }
  }
  if (inVariable) fail('has "{" without "}"');
  parts.push(path.slice(start));
  return parts;
}

function parseVariable(part: string, segments: TemplateSegment[], fail: Fail): TemplateVariable {
  if (!part.endsWith('}')) fail(`has text after the variable "${part}"`);
  const inner = part.slice(1, -1);
  const equals = inner.indexOf('=');
  const fieldPath = (equals === -1 ? inner : inner.slice(0, equals)).split('.');
  if (!fieldPath.every((name) => identifier.test(name))) fail(`names no field in "${part}"`);
  const own = (equals === -1 ? '*' : inner.slice(equals + 1))
    .split('/')
    .map((one) => parseSegment(one, fail));
  const start = segments.length;
  segments.push(...own);
  const endsOpen = own.at(-1)?.kind === 'rest';
  return {
    fieldPath,
    start,
    end: endsOpen ? undefined : segments.length,
    multiSegment: endsOpen || own.length > 1,
  };
}

function parseSegment(part: string, fail: Fail): TemplateSegment {
  if (part === '*') return { kind: 'any' };
  if (part === '**') return { kind: 'rest' };
  return { kind: 'literal', text: parseLiteral(part, fail) };
}

function parseLiteral(part: string, fail: Fail): string {
  if (part === '') fail('has an empty segment or verb');
  const text = literalText.test(part) ? tryDecodeSegment(part) : undefined;
  return text ?? fail(`has the invalid literal "${part}"`);
}
