import { Code, ConnectError, type ConnectRouter } from '@connectrpc/connect';
import {
  Health,
  HealthCheckResponse_ServingStatus as Status,
} from '../../gen/ts/grpc/health/v1/health_pb.ts';

/** The standard gRPC health service. */
export interface HealthReporter {
  register(router: ConnectRouter): void;
  /** From now on every service is NOT_SERVING, and who watches is told and let go. */
  stopServing(): void;
}

/** Reports the server as a whole (the empty name) and each service by its name. */
export function createHealthReporter(serviceNames: readonly string[]): HealthReporter {
  const known = new Set(['', Health.typeName, ...serviceNames]);
  const stopped = new AbortController();
  const status = (): Status => (stopped.signal.aborted ? Status.NOT_SERVING : Status.SERVING);

  return {
    register(router) {
      router.service(Health, {
        check({ service }) {
          if (known.has(service)) return { status: status() };
          throw new ConnectError(
            `service must be one of this server's, was ${JSON.stringify(service)}`,
            Code.NotFound,
          );
        },
        list: () => ({
          statuses: Object.fromEntries([...known].map((name) => [name, { status: status() }])),
        }),
        async *watch({ service }, { signal }) {
          yield { status: known.has(service) ? status() : Status.SERVICE_UNKNOWN };
          await aborted(stopped.signal, signal);
          signal.throwIfAborted();
          if (known.has(service)) yield { status: status() };
        },
      });
    },
    stopServing: () => stopped.abort(),
  };
}

/** Resolves when either signal aborts. */
function aborted(...signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      for (const signal of signals) signal.removeEventListener('abort', settle);
      resolve();
    };
    for (const signal of signals) signal.addEventListener('abort', settle);
    if (signals.some((signal) => signal.aborted)) settle();
  });
}
