import type { JsonObject } from '@bufbuild/protobuf';

/** Values that a first try of a call may have, by the message they are of. */
export const API_EXAMPLES: ReadonlyMap<string, JsonObject> = new Map<string, JsonObject>([
  [
    'streamlib.v1.CreateProcessorRequest',
    { processor_type: 'SineGenerator', processor_id: 'tone', config: { frequency_hz: 440 } },
  ],
  ['streamlib.v1.UpdateProcessorRequest', { display_name: 'A softer tone', config: { amplitude: 0.1 } }],
  [
    'streamlib.v1.CreateLinkRequest',
    {
      from_processor: 'tone',
      from_port: 'audio',
      to_processor: 'meter',
      to_port: 'audio',
      delivery: 'every',
    },
  ],
  ['streamlib.v1.UpdateLinkRequest', { delivery: 'latest', capacity_frames: 16 }],
  [
    'streamlib.v1.ApplyGraphRequest',
    {
      dry_run: true,
      commands: [{ add_processor: { processor: { processor_type: 'NullSink', processor_id: 'sink' } } }],
    },
  ],
  ['streamlib.v1.StopRuntimeRequest', { drain_timeout: '5s' }],
  ['streamlib.v1.RollbackGraphRequest', { revision: 1 }],
  [
    'streamlib.v1.CreateRunnerRequest',
    { runner_id: 'btc-1', symbol: 'BTCUSDT', strategy_name: 'ema_crossover', window_size: 100 },
  ],
]);
