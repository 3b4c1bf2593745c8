import type { ServiceImpl } from '@connectrpc/connect';
import type { EventService } from '../../gen/ts/streamlib/v1/event_pb.ts';
import { envelopeForm } from './events/envelope-form.ts';
import { EventSink, envelopeResponseKey } from './events/event-sink.ts';
import { type SubscriptionSource, subscribe } from './events/subscription.ts';
import { toMessage } from './events/subscription-item.ts';

/** The stream of events for gRPC, gRPC-Web and Connect. */
export function createEventService(source: SubscriptionSource): ServiceImpl<typeof EventService> {
  return {
    async *subscribe(request, context) {
      const { values, signal } = context;
      const response = values.get(envelopeResponseKey);
      const sink = response && new EventSink(response, envelopeForm);
      for await (const item of subscribe(request, source, signal, sink)) yield toMessage(item);
    },
  };
}
