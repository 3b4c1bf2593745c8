import { type Client, createClient, type Interceptor, type Transport } from '@connectrpc/connect';
import { BacktestService } from '../../../gen/ts/streamlib/v1/backtest_pb.ts';
import { EventService } from '../../../gen/ts/streamlib/v1/event_pb.ts';
import { LinkService } from '../../../gen/ts/streamlib/v1/link_pb.ts';
import { PipelineService } from '../../../gen/ts/streamlib/v1/pipeline_pb.ts';
import { ProcessorService } from '../../../gen/ts/streamlib/v1/processor_pb.ts';
import { RunnerService } from '../../../gen/ts/streamlib/v1/runner_pb.ts';
import { RuntimeService } from '../../../gen/ts/streamlib/v1/runtime_pb.ts';
import { StrategyService } from '../../../gen/ts/streamlib/v1/strategy_pb.ts';
import { TapService } from '../../../gen/ts/streamlib/v1/tap_pb.ts';
import { type EventFilter, EventStream, type StreamOptions } from './events.ts';
import { GraphEdits } from './graph.ts';
import { typedErrors } from './streamlib-error.ts';
import { type TapLimits, TapStream } from './tap.ts';
import { checkVersion } from './version.ts';

/** How a server is called. */
export interface ConnectOptions {
  /** Sent as `Authorization: Bearer …` with each call. */
  readonly token?: string;
  /** Told what is not right and hinders nothing: a server of another version, a connection that was lost. Default: console.warn. */
  readonly warn?: (message: string) => void;
}

/** What calls pass on their way, in order. */
export function interceptorsOf({ token }: ConnectOptions): Interceptor[] {
  const authorized: Interceptor = (next) => (request) => {
    request.header.set('authorization', `Bearer ${token}`);
    return next(request);
  };
  return token === undefined ? [typedErrors] : [typedErrors, authorized];
}

/**
 * A server. Each service has its methods with the messages of the schema; what they throw is a StreamlibError. With the
 * first call the version of the server is looked at, once.
 */
export class StreamlibClient {
  readonly runtime: Client<typeof RuntimeService>;
  readonly processors: Client<typeof ProcessorService>;
  readonly links: Client<typeof LinkService>;
  readonly pipelines: Client<typeof PipelineService>;
  readonly runners: Client<typeof RunnerService>;
  readonly strategies: Client<typeof StrategyService>;
  readonly backtests: Client<typeof BacktestService>;
  readonly eventService: Client<typeof EventService>;
  readonly tapService: Client<typeof TapService>;
  readonly #warn: (message: string) => void;

  constructor(transport: Transport, { warn = (message) => console.warn(message) }: ConnectOptions = {}) {
    this.#warn = warn;
    const watched = watchingFirst(transport, () => void checkVersion(transport, warn));
    this.runtime = createClient(RuntimeService, watched);
    this.processors = createClient(ProcessorService, watched);
    this.links = createClient(LinkService, watched);
    this.pipelines = createClient(PipelineService, watched);
    this.runners = createClient(RunnerService, watched);
    this.strategies = createClient(StrategyService, watched);
    this.backtests = createClient(BacktestService, watched);
    this.eventService = createClient(EventService, watched);
    this.tapService = createClient(TapService, watched);
  }

  /** What happens from now on, or from where the filter says; it goes on over restarts of the server. */
  events(filter: EventFilter = {}, options: StreamOptions = {}): EventStream {
    return new EventStream(this.eventService, filter, { warn: this.#warn, ...options });
  }

  /** The frames of a link as they pass. */
  tap(linkId: string, options: TapLimits & StreamOptions = {}): TapStream {
    return new TapStream(this.tapService, linkId, { warn: this.#warn, ...options });
  }

  /** An empty collection of edits. */
  graph(): GraphEdits {
    return new GraphEdits(this.runtime);
  }
}

/** A transport that tells of its first call. */
function watchingFirst(transport: Transport, onFirst: () => void): Transport {
  let isFirst = true;
  const look = (): void => {
    if (isFirst) onFirst();
    isFirst = false;
  };
  return {
    unary: (...args) => {
      look();
      return transport.unary(...args);
    },
    stream: (...args) => {
      look();
      return transport.stream(...args);
    },
  };
}
