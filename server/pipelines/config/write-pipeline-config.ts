import type { JsonObject, JsonValue, SupervisionSpec } from '../../runtime/index.ts';
import type {
  PipelineConnectionSpec,
  PipelineNodeSpec,
  PipelineSettings,
  PipelineSpec,
} from './pipeline-spec.ts';

/** A config as JSON, which `readPipelineConfig` reads back as it was. */
export function writePipelineConfig({ nodes, connections, settings }: PipelineSpec): JsonObject {
  return withoutUndefined({
    nodes: nodes.map(nodeJson),
    connections: connections.map(connectionJson),
    pipeline_config: settingsJson(settings),
  });
}

function nodeJson({ id, type, config, supervision, placement, displayName }: PipelineNodeSpec): JsonObject {
  return withoutUndefined({
    id,
    type,
    config,
    supervision: supervision && supervisionJson(supervision),
    placement: placement && { lane: placement.lane, priority: placement.priority },
    display_name: displayName === '' ? undefined : displayName,
  });
}

function connectionJson(connection: PipelineConnectionSpec): JsonObject {
  const { from, to, fromPort, toPort, delivery, capacityFrames } = connection;
  return withoutUndefined({
    from,
    to,
    from_port: fromPort,
    to_port: toPort,
    delivery,
    capacity_frames: capacityFrames,
  });
}

function settingsJson(settings: PipelineSettings): JsonObject {
  const { executionTimeoutMs, supervision } = settings;
  return withoutUndefined({
    channel_capacity: settings.channelCapacity,
    max_concurrent: settings.maxConcurrent,
    max_waiting: settings.maxWaiting,
    execution_timeout: executionTimeoutMs === undefined ? undefined : `${executionTimeoutMs / 1000}s`,
    supervision: supervision && supervisionJson(supervision),
    max_dead_letters: settings.maxDeadLetters,
    mode: settings.mode,
  });
}

function supervisionJson(supervision: SupervisionSpec): JsonObject {
  const { errorPolicy, defaultFrame, restart, watchdogMs, maxDeadLetters } = supervision;
  return withoutUndefined({
    error_policy: errorPolicy,
    default_frame: defaultFrame,
    watchdog_ms: watchdogMs,
    max_dead_letters: maxDeadLetters,
    restart:
      restart &&
      withoutUndefined({
        strategy: restart.strategy,
        base_ms: restart.baseMs,
        max_ms: restart.maxMs,
        max_attempts: restart.maxAttempts,
        failure_threshold: restart.failureThreshold,
        window_ms: restart.windowMs,
        half_open_after_ms: restart.halfOpenAfterMs,
      }),
  });
}

const withoutUndefined = (members: Readonly<Record<string, JsonValue | undefined>>): JsonObject =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as JsonObject;
