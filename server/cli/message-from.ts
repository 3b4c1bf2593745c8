import { create, createRegistry, type DescMessage, type MessageShape } from '@bufbuild/protobuf';
import { reflect } from '@bufbuild/protobuf/reflect';
import { createJsonReader } from '../rpc/rest/index.ts';
import type { JsonObject } from '../runtime/json.ts';
import { UsageError } from './command.ts';

const reader = createJsonReader(createRegistry());

/**
 * A message from what REST would take for it: field names of both kinds, short values of enums. Throws UsageError that
 * names the field.
 */
export function messageFrom<Desc extends DescMessage>(desc: Desc, json: JsonObject): MessageShape<Desc> {
  const message = create(desc);
  try {
    reader.readMessage(reflect(desc, message), json);
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
  return message;
}
