import type { DescMessage, Message } from '@bufbuild/protobuf';
import type { Path } from '@bufbuild/protobuf/reflect';
import { createValidator, type Validator, type Violation } from '@bufbuild/protovalidate';
import type { Interceptor } from '@connectrpc/connect';
import { type FieldFault, StreamlibError } from '../runtime/index.ts';

const SHOWN_CHARACTERS = 80;

/** Refuses requests that break a rule of the schema with FIELD_INVALID, naming each field and its value. */
export function createValidation(): Interceptor {
  const validator = createValidator();
  return (next) => (request) => {
    if (!request.stream) {
      assertValid(validator, request.method.input, request.message);
      return next(request);
    }
    const { message: messages, method } = request;
    return next({ ...request, message: validated(validator, method.input, messages) });
  };
}

async function* validated(
  validator: Validator,
  desc: DescMessage,
  messages: AsyncIterable<Message>,
): AsyncGenerator<Message> {
  for await (const message of messages) {
    assertValid(validator, desc, message);
    yield message;
  }
}

function assertValid(validator: Validator, desc: DescMessage, message: Message): void {
  const result = validator.validate(desc, message);
  if (result.kind === 'valid') return;
  if (result.kind === 'error') throw result.error;
  const faults = result.violations.map((violation) => faultOf(violation, message));
  throw new StreamlibError('FIELD_INVALID', faults.map((fault) => fault.message).join('; '), { faults });
}

function faultOf({ field, message: rule }: Violation, message: Message): FieldFault {
  const path = formatPath(field);
  const value = JSON.stringify(valueAt(message, field), plainNumber) ?? 'absent';
  const shown = value.length > SHOWN_CHARACTERS ? `${value.slice(0, SHOWN_CHARACTERS)}…` : value;
  // A rule about the whole message names its fields itself.
  return { path, message: `${path} ${rule}, was ${shown}`.trimStart() };
}

/** `config.nodes[3].name`, with the names of the schema. */
function formatPath(path: Path): string {
  let text = '';
  for (const step of path) {
    if (step.kind === 'list_sub') text += `[${step.index}]`;
    else if (step.kind === 'map_sub') text += `[${JSON.stringify(step.key)}]`;
    else text += text === '' ? step.name : `.${step.name}`;
  }
  return text;
}

function valueAt(message: Message, path: Path): unknown {
  let value: unknown = message;
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    const holder = value as Record<string, unknown>;
    if (step.kind === 'list_sub') value = (value as unknown[])[step.index];
    else if (step.kind === 'map_sub') value = holder[String(step.key)];
    else if (step.kind === 'field' && step.oneof !== undefined) {
      const member = holder[step.oneof.localName] as { case?: string; value?: unknown };
      value = member.case === step.localName ? member.value : undefined;
    } else if (step.kind === 'field') value = holder[step.localName];
    else return undefined;
  }
  return value;
}

const plainNumber = (key: string, value: unknown): unknown =>
  key === '$typeName' ? undefined : isWordOfJson(value) ? value : String(value);

/** JSON has no 64-bit integers, no NaN and no infinities; it would show null for the latter. */
const isWordOfJson = (value: unknown): boolean =>
  typeof value === 'number' ? Number.isFinite(value) : typeof value !== 'bigint';
