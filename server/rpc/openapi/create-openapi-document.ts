import type { DescService, JsonObject } from '@bufbuild/protobuf';
import type { Route } from '../rest/index.ts';
import { type ErrorStatusText, errorComponents } from './error-responses.ts';
import { createMessageSchemas } from './message-schemas.ts';
import { pathText } from './path-text.ts';
import { methodName, routeOperation } from './route-operation.ts';
import { type Annotations, described, type Schema } from './schema-options.ts';

/** What a document is made from. */
export interface OpenApiOptions {
  readonly info: JsonObject;
  readonly services: readonly DescService[];
  readonly routes: readonly Route[];
  readonly annotations: Annotations;
  /** The body of every error. */
  readonly errorSchema: Schema;
  readonly errors: readonly ErrorStatusText[];
  /** Streams whose lines are the messages themselves, by the full name of the method. */
  readonly unwrappedStreams: ReadonlySet<string>;
  /** Paths that are no method of a service. */
  readonly otherPaths: JsonObject;
}

// OpenAPI knows no other methods.
const DESCRIBED_METHODS: ReadonlySet<string> = new Set(['GET', 'PUT', 'POST', 'DELETE', 'PATCH']);

/**
 * Describes the routes as OpenAPI 3.1, from their descriptors alone: a new method needs no line here. Routes for
 * custom HTTP methods, of which OpenAPI knows nothing, are left out.
 */
export function createOpenApiDocument(options: OpenApiOptions): JsonObject {
  const { annotations, errors, unwrappedStreams } = options;
  const schemas = createMessageSchemas(annotations);
  const context = { schemas, annotations, errors, unwrappedStreams };
  const paths: Record<string, JsonObject> = {};
  const operationIds = createOperationIds(options.routes);
  for (const route of options.routes) {
    if (!DESCRIBED_METHODS.has(route.httpMethod)) continue;
    const path = pathText(route.template);
    const operation = routeOperation(route, operationIds(route), context);
    paths[path] = { ...paths[path], [route.httpMethod.toLowerCase()]: operation };
  }
  return {
    openapi: '3.1.0',
    info: options.info,
    servers: [{ url: '/' }],
    tags: options.services.map((service) => ({
      name: service.name,
      ...described(annotations.comment(service.typeName)),
    })),
    paths: { ...options.otherPaths, ...paths },
    components: {
      schemas: { ...sorted(schemas.components), Error: options.errorSchema },
      responses: errorComponents(errors),
    },
  };
}

/** The method's name in camelCase; with its service where two services have it, with a number where it has two routes. */
function createOperationIds(routes: readonly Route[]): (route: Route) => string {
  const methodsByName = new Map<string, Set<string>>();
  for (const route of routes) {
    const methods = methodsByName.get(route.method.localName) ?? new Set();
    methodsByName.set(route.method.localName, methods.add(methodName(route)));
  }
  const used = new Map<string, number>();
  return ({ method }) => {
    const isShared = (methodsByName.get(method.localName)?.size ?? 0) > 1;
    const id = isShared ? `${method.parent.name}_${method.localName}` : method.localName;
    const count = (used.get(id) ?? 0) + 1;
    used.set(id, count);
    return count === 1 ? id : `${id}_${count}`;
  };
}

const sorted = (object: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
