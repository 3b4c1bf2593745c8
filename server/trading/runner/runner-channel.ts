import { StreamlibError } from '../../runtime/errors.ts';
import { WorkQueue } from '../../runtime/work-queue.ts';
import type { StrategyTick } from '../lua/strategy-types.ts';
import { NO_RUNNERS, type RunnerStand } from '../risk/engine-risk.ts';
import type { RunnerView } from './runner.ts';
import type { RunnerEvent } from './runner-event.ts';
import type {
  EngineOrders,
  RunnerAnswer,
  RunnerOrder,
  RunnerRemains,
  RunnerReport,
  RunnerWelcome,
} from './runner-messages.ts';

const ORDERS_PER_FETCH = 1024;

/** A runner in its lane, as the runtime's thread sees it. */
export class RunnerChannel {
  /** Told what the runner did, in order. */
  onEvents = (_events: readonly RunnerEvent[]): void => {};
  /** Told how the runner stands. */
  onStand = (_stand: RunnerStand): void => {};
  /** How the runners of all threads but one stand. */
  peersOf = (_threadId: number): RunnerStand => NO_RUNNERS;
  #engine: EngineOrders = { mode: 'active', limits: {} };
  #orders: WorkQueue<RunnerOrder> | undefined;
  #threadId: number | undefined;
  #last: RunnerRemains | undefined;
  readonly #questions = new Map<number, PromiseWithResolvers<RunnerAnswer>>();
  #lastQuestionId = 0;

  /** Whether there is a runner in a lane that answers. */
  get isOpen(): boolean {
    return this.#orders !== undefined;
  }

  /** The thread of the lane that the runner is in; undefined where it is in none. */
  get threadId(): number | undefined {
    return this.isOpen ? this.#threadId : undefined;
  }

  /** What the last runner of this channel was at its end. */
  get lastView(): RunnerView | undefined {
    return this.#last?.view;
  }

  /** What the engine lets the runner do from now on. */
  set engine(engine: EngineOrders) {
    this.#engine = engine;
    this.#orders?.add({ order: 'engine', engine });
  }

  /** A runner begins in the lane of a thread; one before it is gone. Answers what it may do. */
  begin(threadId: number): RunnerWelcome {
    this.end();
    this.#orders = new WorkQueue(ORDERS_PER_FETCH);
    this.#threadId = threadId;
    return { engine: this.#engine, peers: this.peersOf(threadId) };
  }

  /** Tells the runner's lane how those of all others stand. */
  tellPeers(peers: RunnerStand): void {
    this.#orders?.add({ order: 'peers', peers });
  }

  /** What the runner is to do next; nothing where it is over. */
  async take(): Promise<readonly RunnerOrder[]> {
    return (await this.#orders?.take()) ?? [];
  }

  receive({ events, answers, stand, last }: RunnerReport): void {
    if (events.length > 0) this.onEvents(events);
    if (stand !== undefined) this.onStand(stand);
    for (const answer of answers) {
      this.#questions.get(answer.questionId)?.resolve(answer);
      this.#questions.delete(answer.questionId);
    }
    if (last !== undefined) this.#last = last;
  }

  /** The runner is not in a lane any more; whoever waits for an answer gets NOT_RUNNING. */
  end(): void {
    this.#orders = undefined;
    const open = [...this.#questions.values()];
    this.#questions.clear();
    for (const question of open) question.reject(notRunning());
  }

  /** The inside of the runner between two ticks, or at its end. Throws NOT_RUNNING where it never began. */
  async view(): Promise<RunnerView> {
    if (this.#orders === undefined && this.#last !== undefined) return this.#last.view;
    const answer = await this.#ask((questionId) => ({ order: 'view', questionId })).catch(() => undefined);
    if (answer === undefined) return this.#remains().view;
    if (answer.answer !== 'view') throw new TypeError('a question got another one’s answer');
    return answer.view;
  }

  /** The newest ticks or bars of its window, the oldest first. Throws as `view`. */
  async history(count: number): Promise<readonly StrategyTick[]> {
    if (this.#orders === undefined && this.#last !== undefined) return this.#last.ticks.slice(-count);
    const answer = await this.#ask((questionId) => ({ order: 'history', questionId, count })).catch(
      () => undefined,
    );
    if (answer === undefined) return this.#remains().ticks.slice(-count);
    if (answer.answer !== 'history') throw new TypeError('a question got another one’s answer');
    return answer.ticks;
  }

  /** What an end in the middle of a question left. */
  #remains(): RunnerRemains {
    if (this.#last === undefined) throw notRunning();
    return this.#last;
  }

  #ask(orderOf: (questionId: number) => RunnerOrder): Promise<RunnerAnswer> {
    if (this.#orders === undefined) return Promise.reject(notRunning());
    const questionId = ++this.#lastQuestionId;
    const question = Promise.withResolvers<RunnerAnswer>();
    this.#questions.set(questionId, question);
    this.#orders.add(orderOf(questionId));
    return question.promise;
  }
}

const notRunning = (): StreamlibError => new StreamlibError('NOT_RUNNING', 'the runner does not run');

/*
 * Runners are processors in lanes and call exports of their module on the runtime's thread: there they find their channel
 * by the key in their config. Keys are drawn when a runner is made, so that the runtimes of one process have their own.
 */
const channels = new Map<string, RunnerChannel>();

/** The channel that belongs to a key; made where there is none. Runtime's thread. */
export function runnerChannel(key: string): RunnerChannel {
  let channel = channels.get(key);
  if (channel === undefined) {
    channel = new RunnerChannel();
    channels.set(key, channel);
  }
  return channel;
}

/** Forgets the channel: the runner is gone. Runtime's thread. */
export function closeRunnerChannel(key: string): void {
  channels.get(key)?.end();
  channels.delete(key);
}
