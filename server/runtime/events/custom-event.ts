import { StreamlibError } from '../errors.ts';
import type { CustomEvent } from './bus.ts';

const LONGEST_NAME = 255;
const MOST_BYTES = 65_536;
/** Letters, digits and signs; a `*` at the end is a pattern and no topic. */
const NAME = /^[\x21-\x7e]{1,255}$/;

/**
 * An event as it is published: a copy of its data, as JSON.stringify writes it. Throws FIELD_INVALID for a topic or a
 * name that is none, for data that cannot be written or is no object, and for more than 64 KiB of it.
 */
export function checkedCustomEvent(topic: string, { name, data }: CustomEvent): Required<CustomEvent> {
  if (!NAME.test(topic) || topic.endsWith('*'))
    throw refused('topic', `must be 1 to ${LONGEST_NAME} printable characters that do not end in *`, topic);
  if (typeof name !== 'string' || name === '' || name.length > LONGEST_NAME)
    throw refused('name', `must be 1 to ${LONGEST_NAME} characters`, name);
  return data === undefined ? { name, data: {} } : { name, data: copyOf(data) };
}

function copyOf(data: object): Required<CustomEvent>['data'] {
  let text: string | undefined;
  try {
    text = JSON.stringify(data);
  } catch (error) {
    throw refused('data', 'must be JSON', error instanceof Error ? error.message : error);
  }
  if (text?.startsWith('{') !== true) throw refused('data', 'must be a JSON object', text);
  const bytes = text.length > MOST_BYTES ? text.length : Buffer.byteLength(text);
  if (bytes > MOST_BYTES) throw refused('data', `must have at most ${MOST_BYTES} bytes`, bytes);
  return JSON.parse(text) as Required<CustomEvent>['data'];
}

function refused(path: string, rule: string, value: unknown): StreamlibError {
  return new StreamlibError('FIELD_INVALID', `${path} ${rule}, was ${JSON.stringify(value)}`, { path });
}
