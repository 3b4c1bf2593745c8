import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { sizeDelimitedEncode, sizeDelimitedPeek } from '@bufbuild/protobuf/wire';
import { type Backtest, BacktestSchema } from '../../../../gen/ts/streamlib/v1/backtest_pb.ts';
import { StreamlibError } from '../../../runtime/errors.ts';

/** Keeps jobs as files, `{backtest id}.pb`: the job, and behind it the runs of a search, each with its length in front. */
export class BacktestFiles {
  readonly #folder: string;
  readonly #readOnly: boolean;

  /** With `readOnly` nothing is ever written. */
  constructor(folder: string, { readOnly = false }: { readonly readOnly?: boolean } = {}) {
    this.#folder = folder;
    this.#readOnly = readOnly;
  }

  /** Every job that is kept, with its runs behind it. Writes nothing. Throws where a file cannot be read. */
  read(): Backtest[] {
    if (!existsSync(this.#folder)) return [];
    return readdirSync(this.#folder)
      .filter((file) => file.endsWith('.pb'))
      .flatMap((file) => messagesIn(readFileSync(join(this.#folder, file))));
  }

  /** It is durable when this returns. Throws JOURNAL_READ_ONLY where nothing may be written. */
  write(job: Backtest, runs: readonly Backtest[]): void {
    if (this.#readOnly) {
      const message = 'the state was opened to be read only, so no backtest can be kept';
      throw new StreamlibError('JOURNAL_READ_ONLY', message);
    }
    mkdirSync(this.#folder, { recursive: true });
    const path = join(this.#folder, `${job.backtestId}.pb`);
    const bytes = Buffer.concat([job, ...runs].map((each) => sizeDelimitedEncode(BacktestSchema, each)));
    // A file that was cut off has another name.
    writeFileSync(`${path}.part`, bytes, { flush: true });
    renameSync(`${path}.part`, path);
  }
}

function messagesIn(bytes: Uint8Array): Backtest[] {
  const messages: Backtest[] = [];
  for (let at = 0; at < bytes.length; ) {
    const { eof, size, offset } = sizeDelimitedPeek(bytes.subarray(at));
    if (eof) throw new TypeError('a kept backtest must be whole, was cut off');
    const from = at + offset;
    messages.push(fromBinary(BacktestSchema, bytes.subarray(from, from + size)));
    at = from + size;
  }
  return messages;
}
