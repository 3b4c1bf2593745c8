import { create, fromBinary } from '@bufbuild/protobuf';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { GraphEdit as GraphEditMessage } from '../../../gen/ts/streamlib/v1/graph_pb.ts';
import type { StoredCall, StoredRevision } from '../../../gen/ts/streamlib/v1/journal_pb.ts';
import {
  StoredCallSchema,
  StoredRevisionSchema,
  StoredSnapshotSchema,
} from '../../../gen/ts/streamlib/v1/journal_pb.ts';
import type {
  AuditRecord,
  DiffRevisionsRequest,
  DiffRevisionsResponse,
  ListAuditRecordsRequest,
  ListAuditRecordsResponse,
  ListRevisionsRequest,
  ListRevisionsResponse,
  Revision,
} from '../../../gen/ts/streamlib/v1/runtime_pb.ts';
import {
  AuditRecordSchema,
  DiffRevisionsResponseSchema,
  ListAuditRecordsResponseSchema,
  ListRevisionsResponseSchema,
} from '../../../gen/ts/streamlib/v1/runtime_pb.ts';
import { StreamlibError } from '../errors.ts';
import { changesBetween, diff, type Graph, getProcessor } from '../graph/index.ts';
import { type ProcessorId, parseOwner, USER } from '../ids.ts';
import type { Journal, JournalRecord } from '../journal/index.ts';
import type { JsonObject } from '../json.ts';
import { changeMessage } from '../messages/change-message.ts';
import { editMessage } from '../messages/edit-message.ts';
import { decodeToken, encodeToken, pageLimit } from '../messages/page.ts';
import { methodOf } from './audit-methods.ts';
import { CALL_RECORD, REVISION_RECORD } from './record-kinds.ts';
import { GraphReplay } from './stored-graph.ts';

/** How many records are read at once. */
const PAGE_RECORDS = 1_000;

/** What history looks at. */
export interface RevisionHistoryOptions {
  readonly journal: Pick<Journal, 'read' | 'readBack' | 'snapshotBefore'>;
  /** The newest durable graph. */
  graph(): Graph;
  effectiveRevision(): number;
  /** A config of a type without its secrets. */
  mask(processorType: string, config: JsonObject): JsonObject;
  position(): { readonly streamId: string; readonly asOfSequence: bigint };
}

/** What was: the revisions that are kept, and who made them. It reads the journal and changes nothing. */
export class RevisionHistory {
  readonly #options: RevisionHistoryOptions;

  constructor(options: RevisionHistoryOptions) {
    this.#options = options;
  }

  /** The revisions, newest first. */
  async list(request: ListRevisionsRequest): Promise<ListRevisionsResponse> {
    const { owner } = request;
    if (owner !== undefined) parseOwner(owner);
    // NB: before it is read, so that what becomes durable meanwhile is missed by nobody.
    const position = this.#options.position();
    const { items, nextPageToken } = await this.#page(request, (record) => {
      if (record.kind !== REVISION_RECORD) return undefined;
      const { revision } = fromBinary(StoredRevisionSchema, record.payload);
      return revision === undefined || (owner !== undefined && revision.owner !== owner)
        ? undefined
        : revision;
    });
    const revisions = items.map((revision) => this.#shown(revision));
    return create(ListRevisionsResponseSchema, { revisions, nextPageToken, ...position });
  }

  /** Who changed what, newest first. */
  async audit(request: ListAuditRecordsRequest): Promise<ListAuditRecordsResponse> {
    const { actor, resource, startTime, endTime } = request;
    const position = this.#options.position();
    const [startMs, endMs] = [startTime && timestampMs(startTime), endTime && timestampMs(endTime)];
    const { items, nextPageToken } = await this.#page(request, (record) => {
      const { wallTimeMs } = record;
      if ((startMs !== undefined && wallTimeMs < startMs) || (endMs !== undefined && wallTimeMs >= endMs))
        return undefined;
      const line = auditRecordOf(record);
      if (line === undefined || (actor !== '' && line.actor !== actor)) return undefined;
      return resource !== '' && line.resource !== resource ? undefined : line;
    });
    return create(ListAuditRecordsResponseSchema, { records: items, nextPageToken, ...position });
  }

  /** What leads from one revision to another, in one owner's part of the graph. */
  async diff(request: DiffRevisionsRequest): Promise<DiffRevisionsResponse> {
    const owner = parseOwner(request.owner ?? USER);
    const latest = BigInt(this.#options.graph().revision);
    const from = await this.graphAt(Number(request.fromRevision), 'from_revision');
    const to = await this.graphAt(Number(request.toRevision || latest), 'to_revision');
    const edits = diff(from, to, owner);
    const show = (config: JsonObject, processorId: string, processorType?: string) => {
      const spec = getProcessor(to, processorId as ProcessorId);
      return this.#options.mask(processorType ?? spec?.processorType ?? '', config);
    };
    return create(DiffRevisionsResponseSchema, {
      edits: edits.map((edit) => editMessage(edit, show)),
      changes: changesBetween(from, to, owner).map(changeMessage),
    });
  }

  /** The graph at a revision that is kept. Throws REVISION_NOT_FOUND naming `path` for another. */
  async graphAt(revision: number, path: string): Promise<Graph> {
    const graph = this.#options.graph();
    if (revision === graph.revision) return graph;
    const { journal } = this.#options;
    const sequence = await this.#lastRecordOf(revision, path);
    const snapshot = await journal.snapshotBefore(sequence);
    const replay = new GraphReplay();
    let next = 1;
    if (snapshot !== undefined) {
      replay.takeSnapshot(fromBinary(StoredSnapshotSchema, snapshot.payload));
      next = snapshot.sequence + 1;
    }
    while (next <= sequence) {
      const { records } = await journal.read({ from: next, to: sequence, limit: PAGE_RECORDS });
      const [first] = records;
      if (first === undefined || first.sequence !== next) throw notKept(revision, path);
      for (const { kind, payload } of records)
        if (kind === REVISION_RECORD) replay.take(fromBinary(StoredRevisionSchema, payload));
      next = (records.at(-1)?.sequence ?? next) + 1;
    }
    return replay.graph();
  }

  /** The last record at which the graph had a revision; by halving, since revisions rise with records. */
  async #lastRecordOf(revision: number, path: string): Promise<number> {
    const { journal } = this.#options;
    const { oldest, last } = await journal.readBack({ limit: 1 });
    if (revision < 0 || revision > this.#options.graph().revision || oldest === 0)
      throw notKept(revision, path);
    // Record 0 stands for the empty graph, as long as the first record is kept.
    let [low, high] = [oldest - 1, last];
    if (low > 0 && (await this.#revisionAt(oldest)) > revision) throw notKept(revision, path);
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((await this.#revisionAt(middle)) <= revision) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  async #revisionAt(sequence: number): Promise<number> {
    const { records } = await this.#options.journal.read({ from: sequence, to: sequence, limit: 1 });
    return records[0]?.revision ?? 0;
  }

  async #page<Item>(
    request: { readonly pageSize: number; readonly pageToken: string },
    take: (record: JournalRecord) => Item | undefined,
  ): Promise<{ items: Item[]; nextPageToken: string }> {
    const limit = pageLimit(request.pageSize);
    let before =
      request.pageToken === ''
        ? undefined
        : Number(decodeToken(request.pageToken, (id) => /^[1-9]\d{0,15}$/.test(id)));
    const items: Item[] = [];
    for (;;) {
      const range = { limit: PAGE_RECORDS, ...(before === undefined ? {} : { before }) };
      const { records } = await this.#options.journal.readBack(range);
      for (const record of records) {
        const item = take(record);
        if (item === undefined) continue;
        if (items.length === limit) return { items, nextPageToken: encodeToken(String(before)) };
        items.push(item);
        before = record.sequence;
      }
      const last = records.at(-1);
      if (last === undefined) return { items, nextPageToken: '' };
      before = last.sequence;
    }
  }

  #shown(revision: Revision): Revision {
    revision.effective = Number(revision.revision) <= this.#options.effectiveRevision();
    for (const edit of revision.edits) this.#maskSecrets(edit);
    return revision;
  }

  #maskSecrets({ edit }: GraphEditMessage): void {
    const { mask, graph } = this.#options;
    if (edit.case === 'addProcessor') {
      const { processor } = edit.value;
      if (processor?.config !== undefined) processor.config = mask(processor.processorType, processor.config);
    } else if (edit.case === 'updateProcessor' || edit.case === 'replaceProcessor') {
      const { value } = edit;
      if (value.config === undefined) return;
      const type =
        'processorType' in value
          ? value.processorType
          : getProcessor(graph(), value.processorId as ProcessorId)?.processorType;
      // Of a processor that is gone nobody knows any more which of its keys were secret.
      value.config = type === undefined ? {} : mask(type, value.config);
    }
  }
}

function auditRecordOf({ kind, payload }: JournalRecord): AuditRecord | undefined {
  if (kind === REVISION_RECORD) return auditOfRevision(fromBinary(StoredRevisionSchema, payload));
  return kind === CALL_RECORD ? auditOfCall(fromBinary(StoredCallSchema, payload)) : undefined;
}

function auditOfRevision({ revision, command }: StoredRevision): AuditRecord | undefined {
  if (revision === undefined) return undefined;
  const { time, actor, origin, requestId, changes } = revision;
  const [change] = changes;
  // A processor that is removed takes its links with it; it stands behind them.
  const named = changes.find(({ part }) => part.case === 'processorId') ?? change;
  const isOne = changes.filter(({ part }) => part.case === 'processorId').length <= 1;
  const folder = named?.part.case === 'linkId' ? 'connections' : 'processors';
  return create(AuditRecordSchema, {
    time,
    actor,
    origin,
    method: methodOf(command),
    resource: isOne && named !== undefined ? `${folder}/${named.part.value}` : 'graph',
    revision: revision.revision,
    requestId,
  });
}

const auditOfCall = (call: StoredCall): AuditRecord => {
  const { time, actor, origin, command, resource, request, error, omitted } = call;
  return create(AuditRecordSchema, {
    time,
    actor,
    origin,
    method: methodOf(command),
    resource: resource || 'runtime',
    requestId: request?.requestId ?? '',
    error,
    omitted,
  });
};

function notKept(revision: number, path: string): StreamlibError {
  const message = `${path} must be a revision that is kept, was ${revision}`;
  return new StreamlibError('REVISION_NOT_FOUND', message, { path });
}
