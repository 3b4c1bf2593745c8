import type { MessageInitShape } from '@bufbuild/protobuf';
import type { AnsweredRequestSchema } from '../../../gen/ts/streamlib/v1/journal_pb.ts';
import type { Owner } from '../ids.ts';
import type { OnFailure } from '../vocabulary.ts';
import type { EditTrace } from './edit-trace.ts';

/** Who edits and what for. */
export interface EditContext {
  readonly owner: Owner;
  readonly expectedRevision: number | undefined;
  readonly actor: string;
  readonly traceId: string;
  /** Undefined for what the runtime does by itself. */
  readonly trace?: EditTrace | undefined;
  /** The peer's address; empty where the edit did not come through a door. */
  readonly origin?: string;
  /** The command that makes the edits, as `add_processor`; for the history. */
  readonly command?: string;
  /** The request that the revision answers, if it is to be answered only once. */
  readonly request?: MessageInitShape<typeof AnsweredRequestSchema> | undefined;
  /** See ApplyContext. */
  readonly pathPrefix?: (index: number) => string;
  /** Whether what it adds was there before and goes on with the state that it had; default no. */
  readonly bringsBack?: boolean;
  /** What is to happen if it cannot be made effective; default `keep`. */
  readonly onFailure?: OnFailure;
  /** When a setup that it needs is late, if it is rolled back then: milliseconds since the Unix epoch. */
  readonly deadlineMs?: number | undefined;
}
