import { type OptionValues, UsageError } from './command.ts';

/** What one word of a command does, as `list` of `streamlib runner list`. */
export interface Action<Client> {
  /** How many operands it takes behind its name, at least and at most. */
  readonly operandCount: readonly [least: number, most: number];
  /** Answers the exit code. */
  run(client: Client, operands: readonly string[], options: OptionValues): Promise<number>;
}

/** The actions of a command, by their names. */
export type Actions<Client> = Readonly<Record<string, Action<Client>>>;

/**
 * Finds the action that the first operand names, and what is left for it. Throws UsageError where there is none, or where
 * it takes another number of operands; `usage` shows all of them.
 */
export function findAction<Client>(
  actions: Actions<Client>,
  usage: string,
  [name = '', ...operands]: readonly string[],
): readonly [Action<Client>, readonly string[]] {
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action === undefined)
    throw new UsageError(`ACTION must be one of ${usage}, was ${JSON.stringify(name)}`);
  const [least, most] = action.operandCount;
  if (operands.length >= least && operands.length <= most) return [action, operands];
  const count = least === most ? String(least) : `${least} or ${most}`;
  throw new UsageError(`${name} takes ${count} operands more, was ${operands.length}`);
}
