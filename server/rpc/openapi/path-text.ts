import type { PathTemplate } from '../rest/index.ts';

/** A template as OpenAPI writes it, each variable by its name alone: `/v1/{name=shelves/*}` is `/v1/{name}`. */
export function pathText({ segments, variables, verb }: PathTemplate): string {
  const parts: string[] = [];
  for (let index = 0; index < segments.length; index += 1) {
    const variable = variables.find(({ start }) => start === index);
    if (variable !== undefined) {
      parts.push(`{${variable.fieldPath.join('.')}}`);
      index = (variable.end ?? segments.length) - 1;
      continue;
    }
    const segment = segments[index];
    parts.push(segment?.kind === 'literal' ? segment.text : '*');
  }
  return `/${parts.join('/')}${verb === undefined ? '' : `:${verb}`}`;
}
