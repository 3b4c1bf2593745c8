import { StreamlibError } from '../../runtime/index.ts';

/** What clients of `/ws` know; what else happens to runners is told by Subscribe. */
const RUNNER_EVENT_TYPES = [
  'TickReceived',
  'StateTransition',
  'ActionExecuted',
  'PositionOpened',
  'PositionUpdated',
  'PositionClosed',
  'OrderSubmitted',
  'OrderAccepted',
  'OrderRejected',
  'OrderCanceled',
  'OrderFilled',
  'RunnerError',
  'RunnerStarted',
  'RunnerStopped',
];

const RUNNER_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;
const SYMBOL = /^[A-Z0-9][A-Z0-9:._/-]{0,63}$/;

/**
 * The query of the subscription that tells what the URL of a client of `/ws` asks for: any of its `runner_id`s, of one `symbol`, with
 * `ticks` as in Subscribe. Empty values are as if they were not there. Throws FIELD_UNKNOWN and FIELD_INVALID.
 */
export function runnerSubscription(url: string): string {
  const mark = url.indexOf('?');
  const query = mark === -1 ? '' : url.slice(mark);
  const subscription = new URLSearchParams();
  for (const type of RUNNER_EVENT_TYPES) subscription.append('types', type);
  for (const [name, value] of new URLSearchParams(query)) {
    const field = FIELDS[name];
    if (field === undefined) {
      const message = `${name} is an unknown field; there are runner_id, symbol and ticks`;
      throw new StreamlibError('FIELD_UNKNOWN', message, { path: name });
    }
    if (value !== '') subscription.append(...field(value));
  }
  return subscription.toString();
}

const FIELDS: Readonly<Record<string, (value: string) => [name: string, value: string]>> = {
  runner_id: (id) => ['topics', `runner:${checked('runner_id', id, RUNNER_ID)}`],
  runnerId: (id) => ['topics', `runner:${checked('runner_id', id, RUNNER_ID)}`],
  symbol: (symbol) => ['symbol', checked('symbol', symbol, SYMBOL)],
  ticks: (policy) => ['ticks', policy],
};

function checked(path: string, value: string, pattern: RegExp): string {
  if (pattern.test(value)) return value;
  const message = `${path} must match ${pattern.source}, was ${JSON.stringify(value)}`;
  throw new StreamlibError('FIELD_INVALID', message, { path });
}
