import { type Event, type SubscribeRequest, TickPolicy } from '../../../gen/ts/streamlib/v1/event_pb.ts';
import {
  EVENT_TYPES,
  linkTopic,
  matchesTopic,
  processorTopic,
  RUNTIME_TOPIC,
  StreamlibError,
} from '../../runtime/index.ts';

/** Which events a subscriber wants. */
export interface EventFilter {
  /** `symbol`: what is known beside the event of the one that it is about. */
  matches(event: Event, symbol?: string): boolean;
  /** Whether every event matches. */
  readonly isOpen: boolean;
  /** Which of the ticks that match are wanted. */
  readonly ticks: TickPolicy;
  /** Whether the part of a snapshot that this id stands for belongs to it. */
  wantsRuntime(): boolean;
  wantsProcessor(processorId: string): boolean;
  wantsLink(link: { linkId: string; fromProcessor: string; toProcessor: string }): boolean;
}

type Test = (event: Event, symbol: string | undefined) => boolean;
type Payload = Readonly<Record<string, unknown>>;

/**
 * The filter of a request: any of its topics, and any of its types, and each of its ids. Throws FIELD_INVALID for
 * a type that no event has.
 */
export function createEventFilter(request: SubscribeRequest): EventFilter {
  const { topics, types, processorId, linkId, runnerId, pipelineId, symbol } = request;
  types.forEach(assertKnownType);
  const wantedTypes = new Set(types);
  const tests: Test[] = [];
  if (topics.length > 0) tests.push(({ topic }) => wantsTopic(topics, topic));
  if (types.length > 0) tests.push(({ type }) => wantedTypes.has(type));
  if (processorId !== '') tests.push((event) => concernsProcessor(event, processorId));
  if (linkId !== '')
    tests.push((event) => event.topic === linkTopic(linkId) || names(event, 'linkId', linkId));
  if (runnerId !== '') tests.push((event) => concerns(event, `runner:${runnerId}`, 'runnerId', runnerId));
  if (pipelineId !== '') {
    tests.push((event) => concerns(event, `pipeline:${pipelineId}`, 'pipelineId', pipelineId));
  }
  if (symbol !== '') tests.push((event, known) => known === symbol || names(event, 'symbol', symbol));

  // Runners, pipelines and symbols have no processors and links of their own in a snapshot.
  const isAboutOthers = runnerId !== '' || pipelineId !== '' || symbol !== '';
  const wantsPart = (topic: string): boolean =>
    !isAboutOthers && (topics.length === 0 || wantsTopic(topics, topic));
  return {
    isOpen: tests.length === 0,
    ticks: tickPolicyOf(request),
    matches: (event, known) => tests.every((test) => test(event, known)),
    wantsRuntime: () => processorId === '' && linkId === '' && wantsPart(RUNTIME_TOPIC),
    wantsProcessor: (id) =>
      linkId === '' && (processorId === '' || processorId === id) && wantsPart(processorTopic(id)),
    wantsLink: (link) =>
      (linkId === '' || linkId === link.linkId) &&
      (processorId === '' || processorId === link.fromProcessor || processorId === link.toProcessor) &&
      wantsPart(linkTopic(link.linkId)),
  };
}

/** Which ticks a request wants; the policy is never UNSPECIFIED. */
export const tickPolicyOf = ({ ticks }: SubscribeRequest): TickPolicy =>
  ticks === TickPolicy.LATEST ? TickPolicy.LATEST : TickPolicy.EVERY;

function assertKnownType(type: string, index: number): void {
  if (EVENT_TYPES.has(type)) return;
  const path = `types[${index}]`;
  const message = `${path} must be the name of an event payload, as ProcessorAdded, was ${JSON.stringify(type)}`;
  throw new StreamlibError('FIELD_INVALID', message, { path });
}

const wantsTopic = (patterns: readonly string[], topic: string): boolean =>
  patterns.some((pattern) => matchesTopic(pattern, topic));

const concerns = (event: Event, topic: string, member: string, id: string): boolean =>
  event.topic === topic || names(event, member, id);

function concernsProcessor(event: Event, id: string): boolean {
  if (concerns(event, processorTopic(id), 'processorId', id)) return true;
  if (names(event, 'fromProcessor', id) || names(event, 'toProcessor', id)) return true;
  const { processorIds } = payloadOf(event);
  return Array.isArray(processorIds) && processorIds.includes(id);
}

const names = (event: Event, member: string, id: string): boolean => payloadOf(event)[member] === id;

const payloadOf = ({ payload }: Event): Payload => (payload.value ?? {}) as unknown as Payload;
