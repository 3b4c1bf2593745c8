import { type Document, isMap, isNode, isPair, type LineCounter } from 'yaml';

/** Where something stands in what a file holds: `['processors', 2, 'config']`. */
export type FilePath = readonly (string | number)[];

/** Tells where in a text the parts of its content stand. */
export class FilePlaces {
  readonly file: string;
  readonly #document: Document;
  readonly #lines: LineCounter;

  constructor(file: string, document: Document, lines: LineCounter) {
    this.file = file;
    this.#document = document;
    this.#lines = lines;
  }

  /** `graph.yaml:12:5 (processors[2].config)`; of what is not there, the place of the nearest part around it. */
  describe(path: FilePath): string {
    return `${this.at(this.#offsetOf(path))} (${formatPath(path)})`;
  }

  /** `graph.yaml:12:5` */
  at(offset: number): string {
    const { line, col } = this.#lines.linePos(offset);
    return `${this.file}:${line}:${col}`;
  }

  #offsetOf(path: FilePath): number {
    for (let length = path.length; length > 0; length--) {
      const key = path[length - 1];
      const parent = this.#nodeAt(path.slice(0, length - 1));
      const pair = isMap(parent)
        ? parent.items.find((item) => isPair(item) && String(item.key) === String(key))
        : undefined;
      const node = pair === undefined ? this.#nodeAt(path.slice(0, length)) : pair.key;
      if (isNode(node) && node.range) return node.range[0];
    }
    const { contents } = this.#document;
    return contents?.range?.[0] ?? 0;
  }

  #nodeAt(path: FilePath): unknown {
    // Asked for what is inside a number or a text, the library throws instead of answering undefined.
    try {
      return path.length === 0 ? this.#document.contents : this.#document.getIn(path, true);
    } catch {
      return undefined;
    }
  }
}

/** The parts of a field path: `config.channels[0]` is `['config', 'channels', 0]`. */
export function parsePath(text: string): (string | number)[] {
  return [...text.matchAll(/[^.[\]]+/g)].map(([part]) => (/^\d+$/.test(part) ? Number(part) : part));
}

/** `processors[2].config`; of the whole, `the file`. */
export function formatPath(path: FilePath): string {
  const text = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('');
  return text.startsWith('.') ? text.slice(1) : text || 'the file';
}
