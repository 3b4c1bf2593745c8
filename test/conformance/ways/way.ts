import {
  type DescMessage,
  type DescMethod,
  fromJson,
  type JsonObject,
  type JsonValue,
} from '@bufbuild/protobuf';
import {
  EventSchema,
  GapSchema,
  SnapshotEndSchema,
  SnapshotSchema,
} from '../../../gen/ts/streamlib/v1/event_pb.ts';
import { messageJson } from '../../../server/cli/output.ts';

/** A failed call or stream, the same whichever way it went. */
export interface Failure {
  /** `not_found` */
  readonly code: string;
  readonly reason: string;
  readonly message: string;
  readonly fields: readonly string[];
}

/** What a failed call rejects with. */
export class WayError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(`${failure.code} ${failure.reason}: ${failure.message}`);
    this.failure = failure;
  }
}

/** What a subscription has told so far; it goes on by itself, also over restarts of the server. */
export interface Heard {
  /** `{event: …}`, `{gap: …}`, `{snapshot: …}` or `{snapshot_end: …}`, as REST writes them. */
  readonly items: readonly JsonObject[];
  /** Set where it has failed. */
  readonly failure: Failure | undefined;
  /** Ends it, and resolves when nothing comes any more. */
  close(): Promise<void>;
}

/** One way to drive a server. Requests and answers are written as REST writes them. */
export interface Way extends AsyncDisposable {
  /** Rejects with a WayError. */
  call(method: DescMethod, request: JsonObject): Promise<JsonObject>;
  subscribe(request: JsonObject): Heard;
}

/** Canonical JSON of a message, as REST would write that message. */
export const asRest = (desc: DescMessage, canonical: JsonValue): JsonObject =>
  messageJson(desc, fromJson(desc, canonical));

const ITEMS: Readonly<Record<string, DescMessage>> = {
  event: EventSchema,
  gap: GapSchema,
  snapshot: SnapshotSchema,
  snapshot_end: SnapshotEndSchema,
};

/** The same for what a subscription tells. */
export function itemAsRest(item: JsonObject): JsonObject {
  const entries = Object.entries(item).map(([kind, value]) => {
    const desc = ITEMS[kind];
    if (desc === undefined) throw new TypeError(`a subscription told ${JSON.stringify(item)}`);
    return [kind, asRest(desc, value)] as const;
  });
  return Object.fromEntries(entries);
}
