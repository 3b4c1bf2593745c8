import type { DescExtension, DescField, DescMessage, DescMethod, DescService } from '@bufbuild/protobuf';
import { findField, resolveFieldPath } from './field-path.ts';
import { getHttpRule, type HttpRule } from './http-rule.ts';
import { type PathTemplate, parsePathTemplate, type TemplateVariable } from './path-template.ts';
import { RouteError } from './route-error.ts';

/** A path variable with the fields that lead to the value it sets. */
export interface RouteVariable extends TemplateVariable {
  readonly fields: readonly DescField[];
}

/** Where the JSON of the request body goes. */
export type RouteBody =
  | { readonly kind: 'none' }
  | { readonly kind: 'all' }
  | { readonly kind: 'field'; readonly field: DescField };

/** One binding of one method: what a path and an HTTP method lead to. */
export interface Route {
  readonly method: DescMethod;
  /** Upper case; `*` stands for any method. */
  readonly httpMethod: string;
  readonly template: PathTemplate;
  readonly variables: readonly RouteVariable[];
  readonly body: RouteBody;
  /** The response field that is the answer; undefined where the whole response is. */
  readonly responseField: DescField | undefined;
}

/**
 * The routes of every annotated method, in the order of the descriptors; each of the additional bindings is a
 * route of its own. Throws RouteError for what cannot be served: a bad template, an unknown or unsuitable
 * field, two bindings of the same shape, an annotated method with a stream of requests.
 */
export function compileRoutes(services: readonly DescService[], httpRule: DescExtension): Route[] {
  const routes: Route[] = [];
  for (const service of services) {
    for (const method of service.methods) {
      const rule = getHttpRule(method, httpRule);
      if (rule === undefined) continue;
      routes.push(compileRule(method, rule));
      for (const additional of rule.additionalBindings) {
        if (additional.additionalBindings.length > 0) {
          throw new RouteError('binding_nested', describe(method), 'additional_bindings may not be nested');
        }
        routes.push(compileRule(method, additional));
      }
    }
  }
  refuseDuplicates(routes);
  return routes;
}

function compileRule(method: DescMethod, rule: HttpRule): Route {
  const where = describe(method);
  if (method.methodKind === 'client_streaming' || method.methodKind === 'bidi_streaming') {
    throw new RouteError(
      'stream_unsupported',
      where,
      'a stream of requests cannot be served over plain HTTP',
    );
  }
  const { httpMethod, path } = patternOf(rule, where);
  const template = parsePathTemplate(path);
  const variables = template.variables.map((variable) => compileVariable(method, variable));
  return {
    method,
    httpMethod,
    template,
    variables,
    body: compileBody(method, rule.body, variables),
    responseField:
      rule.responseBody === '' ? undefined : topLevelField(method.output, rule.responseBody, where),
  };
}

function patternOf(rule: HttpRule, where: string): { httpMethod: string; path: string } {
  switch (rule.pattern.case) {
    case undefined:
      throw new RouteError('binding_incomplete', where, 'a binding needs a method and a path');
    case 'custom':
      if (rule.pattern.value.kind === '') {
        throw new RouteError('binding_incomplete', where, 'a custom binding needs a kind');
      }
      return { httpMethod: rule.pattern.value.kind.toUpperCase(), path: rule.pattern.value.path };
    default:
      return { httpMethod: rule.pattern.case.toUpperCase(), path: rule.pattern.value };
  }
}

function compileVariable(method: DescMethod, variable: TemplateVariable): RouteVariable {
  const path = variable.fieldPath.join('.');
  const fields = resolveFieldPath(method.input, variable.fieldPath);
  if (fields === undefined) {
    throw new RouteError('field_unknown', describe(method), `path variable "${path}" names no request field`);
  }
  const kind = fields.at(-1)?.fieldKind;
  if (kind !== 'scalar' && kind !== 'enum') {
    throw new RouteError(
      'field_unsuitable',
      describe(method),
      `path variable "${path}" must be a scalar or enum`,
    );
  }
  return { ...variable, fields };
}

function compileBody(method: DescMethod, body: string, variables: readonly RouteVariable[]): RouteBody {
  if (body === '') return { kind: 'none' };
  if (body === '*') return { kind: 'all' };
  const field = topLevelField(method.input, body, describe(method));
  if (variables.some((variable) => variable.fields.length === 1 && variable.fields[0] === field)) {
    throw new RouteError('field_unsuitable', describe(method), `"${body}" is bound by both path and body`);
  }
  return { kind: 'field', field };
}

function topLevelField(message: DescMessage, name: string, where: string): DescField {
  const field = findField(message, name);
  if (field === undefined)
    throw new RouteError('field_unknown', where, `${message.typeName} has no field "${name}"`);
  return field;
}

function refuseDuplicates(routes: readonly Route[]): void {
  const seen = new Map<string, Route>();
  for (const route of routes) {
    const shape = `${route.httpMethod} ${formatShape(route.template)}`;
    const other = seen.get(shape);
    if (other !== undefined) {
      throw new RouteError(
        'binding_duplicate',
        describe(route.method),
        `${shape} is also ${describe(other.method)}`,
      );
    }
    seen.set(shape, route);
  }
}

function formatShape(template: PathTemplate): string {
  const segments = template.segments.map((segment) => {
    if (segment.kind === 'literal') return encodeURIComponent(segment.text);
    return segment.kind === 'any' ? '*' : '**';
  });
  const verb = template.verb === undefined ? '' : `:${encodeURIComponent(template.verb)}`;
  return `/${segments.join('/')}${verb}`;
}

function describe(method: DescMethod): string {
  return `${method.parent.typeName}.${method.name}`;
}
