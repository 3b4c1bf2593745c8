import type { JsonValue } from '@bufbuild/protobuf';
import { invalidField } from './field-problem.ts';

/**
 * Parses UTF-8 JSON. Throws FieldProblem for bytes that are not UTF-8, for malformed JSON and for an object with
 * the same key twice, which JSON.parse would silently reduce to the last one; the problem names the path.
 */
export function parseJsonBytes(bytes: Uint8Array): JsonValue {
  const text = decodeUtf8(bytes);
  let value: JsonValue;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalidField('', text, `must be valid JSON (${error instanceof Error ? error.message : error})`);
  }
  const repeated = findRepeatedKey(text);
  if (repeated !== undefined) throw invalidField(repeated, text, 'is given twice');
  return value;
}

/** An object or array that the scan is inside of. */
interface OpenContainer {
  /** The keys seen so far; undefined for an array. */
  readonly keys: Set<string> | undefined;
  /** Path of the container itself. */
  readonly path: string;
  key: string;
  index: number;
}

/**
 * The path of the first key that occurs twice in one object, undefined where none does. The text must be valid
 * JSON. Iterative, so that the depth of the text cannot exhaust the stack.
 */
export function findRepeatedKey(text: string): string | undefined {
  const open: OpenContainer[] = [];
  let expectsKey = false;
  let position = 0;
  while (position < text.length) {
    const container = open.at(-1);
    switch (text[position]) {
      case '{':
      case '[': {
        const isObject = text[position] === '{';
        open.push({ keys: isObject ? new Set() : undefined, path: pathInto(container), key: '', index: 0 });
        expectsKey = isObject;
        break;
      }
      case '}':
      case ']':
        open.pop();
        expectsKey = false;
        break;
      case ',':
        expectsKey = container?.keys !== undefined;
        if (container !== undefined) container.index += 1;
        break;
      case '"': {
        const end = endOfString(text, position);
        if (expectsKey && container?.keys !== undefined) {
          // Decoded, so that a key written with escapes equals the same key written without.
          container.key = JSON.parse(text.slice(position, end));
          if (container.keys.has(container.key)) return pathInto(container);
          container.keys.add(container.key);
          expectsKey = false;
        }
        position = end - 1;
        break;
      }
    }
    position += 1;
  }
  return undefined;
}

function pathInto(container: OpenContainer | undefined): string {
  if (container === undefined) return '';
  if (container.keys === undefined) return `${container.path}[${container.index}]`;
  return container.path === '' ? container.key : `${container.path}.${container.key}`;
}

/** The position after the closing quote of the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  let position = start + 1;
  while (text[position] !== '"') position += text[position] === '\\' ? 2 : 1;
  return position + 1;
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw invalidField('', '…', 'must be valid UTF-8');
  }
}
