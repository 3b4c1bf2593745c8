import { create, type DescMethodUnary, type DescService, isMessage } from '@bufbuild/protobuf';
import {
  Code,
  ConnectError,
  type ConnectRouter,
  type ContextValues,
  createContextKey,
  createContextValues,
  createServiceImplSpec,
  type HandlerContext,
  type Interceptor,
  type MethodImplSpec,
  type UnaryRequest,
  type UnaryResponse,
} from '@connectrpc/connect';
import { createDeadlineSignal, createLinkedAbortController } from '@connectrpc/connect/protocol';
import { type HandlerCall, headersForHandler, type UnaryAnswer, type UnaryCall } from './rest/index.ts';

/** The unary methods of some services, to be called in this process without any bytes in between. */
export interface DirectCalls {
  /** A router that passes on what is registered and makes its unary methods callable here. */
  recording(router: ConnectRouter): ConnectRouter;
  /** By the path of the method, as `/package.Service/Method`. */
  readonly unary: ReadonlyMap<string, UnaryCall>;
}

/** Makes the calls, which pass the interceptors as those of every protocol do. */
export function createDirectCalls(interceptors: readonly Interceptor[]): DirectCalls {
  const unary = new Map<string, UnaryCall>();
  return {
    unary,
    recording: (router) => ({
      ...router,
      service(service: DescService, implementation, options) {
        const { methods } = createServiceImplSpec(service, implementation);
        for (const spec of Object.values(methods)) {
          if (spec.kind !== 'unary') continue;
          const path = `/${service.typeName}/${spec.method.name}`;
          unary.set(path, createDirectCall(spec, interceptors, options?.maxTimeoutMs));
        }
        router.service(service, implementation, options);
        return this;
      },
    }),
  };
}

type UnarySpec = Extract<MethodImplSpec, { kind: 'unary' }>;
type UnaryNext = (request: UnaryRequest) => Promise<UnaryResponse>;

/** What belongs to a call and has no place in its request. */
interface Surroundings {
  /** When its deadline passes; milliseconds since the Unix epoch. */
  readonly endsMs: number | undefined;
  /** Of the answer. */
  readonly header: Headers;
  readonly trailer: Headers;
}

const surroundingsKey = createContextKey<Surroundings | undefined>(undefined, { description: 'direct call' });

function createDirectCall(
  { method, impl }: UnarySpec,
  interceptors: readonly Interceptor[],
  maxTimeoutMs = Number.POSITIVE_INFINITY,
): UnaryCall {
  const next = interceptors.reduceRight<UnaryNext>(
    (inner, interceptor) => interceptor(inner as never) as UnaryNext,
    async (request) => {
      const surroundings = request.contextValues.get(surroundingsKey) ?? surroundingsOf(undefined);
      const answer = await impl(request.message, new DirectContext(request, surroundings));
      const message = isMessage(answer, method.output) ? answer : create(method.output, answer);
      const { header, trailer } = surroundings;
      return { stream: false, service: method.parent, method, message, header, trailer };
    },
  );

  async function call(handlerCall: HandlerCall): Promise<UnaryAnswer> {
    const { timeoutMs, contextValues = createContextValues() } = handlerCall;
    const surroundings = surroundingsOf(timeoutMs);
    contextValues.set(surroundingsKey, surroundings);
    try {
      const response = await next(requestOf(method, handlerCall, contextValues));
      return { headers: headersOf(response), body: response.message };
    } catch (thrown) {
      const error = ConnectError.from(thrown);
      surroundings.header.forEach((value, name) => {
        error.metadata.append(name, value);
      });
      throw error;
    }
  }

  return async (handlerCall) => {
    const { timeoutMs } = handlerCall;
    if (timeoutMs === undefined) return call(handlerCall);
    if (timeoutMs > maxTimeoutMs) {
      const message = `the timeout must be at most ${maxTimeoutMs} ms, was ${timeoutMs}`;
      throw new ConnectError(message, Code.InvalidArgument);
    }
    const deadline = createDeadlineSignal(timeoutMs);
    const { signal } = createLinkedAbortController(deadline.signal, handlerCall.signal);
    try {
      return await call({ ...handlerCall, signal });
    } finally {
      deadline.cleanup();
    }
  };
}

const surroundingsOf = (timeoutMs: number | undefined): Surroundings => ({
  endsMs: timeoutMs === undefined ? undefined : Date.now() + timeoutMs,
  header: new Headers(),
  trailer: new Headers(),
});

/** What a handler sees of its call. */
class DirectContext implements HandlerContext {
  readonly protocolName = 'rest';
  readonly method: DescMethodUnary;
  readonly service: DescService;
  readonly signal: AbortSignal;
  readonly requestMethod: string;
  readonly url: string;
  readonly values: ContextValues;
  readonly timeoutMs: () => number | undefined;
  readonly responseHeader: Headers;
  readonly responseTrailer: Headers;
  readonly #request: UnaryRequest;

  constructor(request: UnaryRequest, { endsMs, header, trailer }: Surroundings) {
    this.method = request.method;
    this.service = request.service;
    this.signal = request.signal;
    this.requestMethod = request.requestMethod;
    this.url = request.url;
    this.values = request.contextValues;
    this.timeoutMs = endsMs === undefined ? noTimeout : () => endsMs - Date.now();
    this.responseHeader = header;
    this.responseTrailer = trailer;
    this.#request = request;
  }

  get requestHeader(): Headers {
    return this.#request.header;
  }
}

const noTimeout = (): undefined => undefined;

function requestOf(
  method: DescMethodUnary,
  { message, headers, signal }: HandlerCall,
  contextValues: ContextValues,
): UnaryRequest {
  const request = {
    stream: false,
    service: method.parent,
    method,
    requestMethod: 'POST',
    url: `http://in-process/${method.parent.typeName}/${method.name}`,
    message,
    signal,
    contextValues,
  };
  let header: Headers | undefined;
  // Made when somebody asks, since few calls need it. NB: own and enumerable, so that an interceptor may spread a
  // request; and not a getter of the literal, which is four times as slow.
  return Object.defineProperty(request, 'header', {
    enumerable: true,
    configurable: true,
    get: () => {
      header ??= headersForHandler(headers);
      return header;
    },
  }) as UnaryRequest;
}

/** The headers of an answer with its trailers among them, as `trailer-*`; undefined where there are none. */
function headersOf({ header, trailer }: UnaryResponse): Headers | undefined {
  if (isEmpty(trailer)) return isEmpty(header) ? undefined : header;
  const headers = new Headers(header);
  trailer.forEach((value, name) => {
    headers.append(`trailer-${name}`, value);
  });
  return headers;
}

const isEmpty = (headers: Headers): boolean => headers.keys().next().done === true;
