import type { CommandEnvelope, RuntimeCommand } from '../../../gen/ts/streamlib/v1/command_pb.ts';
import { isRead } from '../commands.ts';
import type { ErrorReason } from '../errors.ts';
import type { ControlJournal } from './control-journal.ts';

/** So many refused calls are written at once, and then one each second, so that a flood of them ends no history. */
export const REFUSED_AT_ONCE = 100;
const REFUSED_EVERY_MS = 1_000;

/** What a call audit writes to. */
export interface CallAuditOptions {
  readonly journal: Pick<ControlJournal, 'appendCall'>;
  /** Milliseconds of a clock that never goes back. */
  nowMs(): number;
}

/**
 * Puts into the journal who tried to change what, where no revision and no answer that is remembered tells it. Nobody
 * waits for that, and what cannot be written is counted with the next that can.
 */
export class CallAudit {
  readonly #options: CallAuditOptions;
  #allowance = REFUSED_AT_ONCE;
  #filledMs: number;
  #omitted = 0;

  constructor(options: CallAuditOptions) {
    this.#options = options;
    this.#filledMs = options.nowMs();
  }

  /** A call that would have changed something and was refused; reads and dry runs are passed over. */
  noteRefused(envelope: CommandEnvelope, reason: ErrorReason): void {
    const command = envelope.command?.command;
    if (command?.case === undefined || isRead(command) || isDryRun(command)) return;
    if (this.#takeAllowance()) this.#append(envelope, reason);
    else this.#omitted++;
  }

  /** A call that changed something and makes no record else. */
  note(envelope: CommandEnvelope): void {
    this.#append(envelope, '');
  }

  #append({ command, context }: CommandEnvelope, error: ErrorReason | ''): void {
    const omitted = this.#omitted;
    this.#omitted = 0;
    const call = {
      actor: context?.actor,
      origin: context?.origin,
      command: command?.command.case,
      resource: command === undefined ? '' : resourceOf(command),
      error,
      omitted: BigInt(omitted),
    };
    this.#options.journal.appendCall(call).catch(() => {
      this.#omitted += omitted + 1;
    });
  }

  #takeAllowance(): boolean {
    const nowMs = this.#options.nowMs();
    const refills = Math.floor((nowMs - this.#filledMs) / REFUSED_EVERY_MS);
    this.#filledMs += refills * REFUSED_EVERY_MS;
    this.#allowance = Math.min(REFUSED_AT_ONCE, this.#allowance + refills);
    if (this.#allowance === 0) return false;
    this.#allowance--;
    return true;
  }
}

/** What a command is about, as the paths of REST name it; empty for the runtime as a whole. */
export function resourceOf({ command }: RuntimeCommand): string {
  switch (command.case) {
    case 'addProcessor':
      return `processors/${command.value.processor?.processorId ?? ''}`;
    case 'removeProcessor':
    case 'updateProcessor':
    case 'replaceProcessor':
    case 'pauseProcessor':
    case 'resumeProcessor':
    case 'restartProcessor':
      return `processors/${command.value.processorId}`;
    case 'connect':
      return `connections/${command.value.link?.linkId ?? ''}`;
    case 'disconnect':
    case 'updateLink':
      return `connections/${command.value.linkId}`;
    case 'applyGraph':
    case 'rollbackGraph':
    case 'replanGraph':
      return 'graph';
    default:
      return '';
  }
}

const isDryRun = ({ value }: NonNullable<RuntimeCommand['command']>): boolean =>
  value !== undefined && 'dryRun' in value && value.dryRun === true;
