import { durationMs } from '@bufbuild/protobuf/wkt';
import type { GraphChange, Impact } from '../../gen/ts/streamlib/v1/mutation_pb.ts';
import type { ApplyGraphResponse } from '../../gen/ts/streamlib/v1/runtime_pb.ts';
import { CHANGE_KINDS, type ChangeKind, wordOf } from '../runtime/vocabulary.ts';
import { formatTable } from './output.ts';

/** What every answer about changes of the graph has. */
type AppliedAnswer = Pick<ApplyGraphResponse, 'revision' | 'unchanged'> & {
  readonly changes: readonly GraphChange[];
  readonly impacts: readonly Impact[];
};

const SIGNS: Readonly<Record<ChangeKind, string>> = {
  created: '+',
  deleted: '-',
  updated: '~',
  replaced: '~',
  paused: '~',
  resumed: '~',
  restarted: '!',
  failed: '!',
  kept: '=',
};

/** Which changes an applied graph made, or would make, and what that costs its links, for people. */
export function changeTables(answer: AppliedAnswer, isDryRun: boolean): string {
  const changes = answer.changes.map((change) => ({
    change,
    kind: wordOf(CHANGE_KINDS, change.kind) ?? 'updated',
  }));
  const shown = changes.filter(({ kind }) => kind !== 'kept');
  const tables: string[] = [];
  if (shown.length > 0)
    tables.push(formatTable(shown.map(({ change, kind }) => changeRow(change, kind, isDryRun))));
  if (answer.impacts.length > 0) {
    const rows = answer.impacts.map(({ linkId, framesDropped, pause }) => [
      linkId,
      String(framesDropped),
      isDryRun || pause === undefined ? '-' : durationMs(pause).toFixed(1),
    ]);
    tables.push(formatTable([['LINK', isDryRun ? 'MAY DROP' : 'DROPPED', 'PAUSE ms'], ...rows]));
  }
  tables.push(
    summary(
      answer,
      changes.map(({ kind }) => kind),
      isDryRun,
    ),
  );
  return tables.join('\n\n');
}

function changeRow({ part, reason }: GraphChange, kind: ChangeKind, isDryRun: boolean): string[] {
  const path = part.case === 'linkId' ? `connections/${part.value}` : `processors/${part.value ?? ''}`;
  return [`${SIGNS[kind]} ${isDryRun && kind === 'restarted' ? 'restarts' : kind}`, path, reason];
}

function summary(
  { revision, unchanged }: AppliedAnswer,
  kinds: readonly ChangeKind[],
  isDryRun: boolean,
): string {
  const counts = new Map<ChangeKind, number>();
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const text = [...counts].map(([kind, count]) => `${count} ${kind}`).join(', ') || 'nothing named';
  if (unchanged) return `nothing to do at revision ${revision}: ${text}`;
  return isDryRun ? `dry run at revision ${revision}: ${text}` : `revision ${revision}: ${text}`;
}
