import { UsageError } from './command.ts';

/** `tone.audio` in its parts. Ids of processors may have a dot, ports have none. Throws UsageError. */
export function portParts(text: string): { readonly processor: string; readonly port: string } {
  const dot = text.lastIndexOf('.');
  if (dot > 0 && dot < text.length - 1) return { processor: text.slice(0, dot), port: text.slice(dot + 1) };
  throw new UsageError(`a port must be given as PROCESSOR.PORT, was ${JSON.stringify(text)}`);
}
