import type { DescService } from '@bufbuild/protobuf';
import type { ConnectRouter } from '@connectrpc/connect';
import { BacktestService } from '../../gen/ts/streamlib/v1/backtest_pb.ts';
import { EventService } from '../../gen/ts/streamlib/v1/event_pb.ts';
import { LinkService } from '../../gen/ts/streamlib/v1/link_pb.ts';
import { PipelineService } from '../../gen/ts/streamlib/v1/pipeline_pb.ts';
import { ProcessorService } from '../../gen/ts/streamlib/v1/processor_pb.ts';
import { RunnerService } from '../../gen/ts/streamlib/v1/runner_pb.ts';
import { RuntimeService } from '../../gen/ts/streamlib/v1/runtime_pb.ts';
import { StrategyService } from '../../gen/ts/streamlib/v1/strategy_pb.ts';
import { TapService } from '../../gen/ts/streamlib/v1/tap_pb.ts';
import { createEventService } from './event-service.ts';
import type { SubscriptionSource } from './events/subscription.ts';
import { createLinkService } from './link-service.ts';
import { watchPipeline } from './pipeline-watch.ts';
import { createProcessorService } from './processor-service.ts';
import { createRoomService } from './room-service.ts';
import { createRuntimeService } from './runtime-service.ts';
import { createTapService, type TapSource } from './tap-service.ts';

/** A caller's deadline may lie this far ahead; streams of events have no such limit. */
const LONGEST_CALL_MS = 24 * 60 * 60 * 1000;

/** Every service of the schema. */
export const SERVICES: readonly DescService[] = [
  RuntimeService,
  ProcessorService,
  LinkService,
  EventService,
  TapService,
  PipelineService,
  RunnerService,
  StrategyService,
  BacktestService,
];

/** Registers every service. What has no implementation answers UNIMPLEMENTED with the name of the method. */
export function registerServices(router: ConnectRouter, source: SubscriptionSource & TapSource): void {
  const { runtime } = source;
  const limits = { maxTimeoutMs: LONGEST_CALL_MS };
  router.service(RuntimeService, createRuntimeService(runtime), limits);
  router.service(ProcessorService, createProcessorService(runtime), limits);
  router.service(LinkService, createLinkService(runtime), limits);
  router.service(EventService, createEventService(source));
  router.service(TapService, createTapService(source));
  router.service(
    PipelineService,
    {
      ...createRoomService(PipelineService, 'pipeline', runtime),
      watchPipeline: (request, context) => watchPipeline(request, source, context),
    },
    limits,
  );
  router.service(RunnerService, createRoomService(RunnerService, 'runner', runtime), limits);
  router.service(StrategyService, createRoomService(StrategyService, 'strategy', runtime), limits);
  router.service(BacktestService, createRoomService(BacktestService, 'backtest', runtime), limits);
}
