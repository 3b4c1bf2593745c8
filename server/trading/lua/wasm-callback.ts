import { type WasmFunction, type WasmTable, webAssembly } from './web-assembly.ts';

const I32 = 0x7f;
const FUNCTION_NAME = [1, 0x66];
const FUNCTION_KIND = 0;

/**
 * The index in `table` under which WebAssembly can call `callback`, whose parameters and result are 32-bit integers. A
 * table takes no JavaScript functions, so the callback passes through a module that imports it and exports it again.
 */
export function addWasmCallback(
  table: WasmTable,
  parameters: number,
  hasResult: boolean,
  callback: WasmFunction,
): number {
  const type = [1, 0x60, parameters, ...Array<number>(parameters).fill(I32), ...(hasResult ? [1, I32] : [0])];
  const bytes = Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...[1, type.length, ...type],
    ...section(2, [1, ...FUNCTION_NAME, ...FUNCTION_NAME, FUNCTION_KIND, 0]),
    ...section(7, [1, ...FUNCTION_NAME, FUNCTION_KIND, 0]),
  ]);
  const { exports } = new webAssembly.Instance(new webAssembly.Module(bytes), { f: { f: callback } });
  const index = table.grow(1);
  table.set(index, exports.f as WasmFunction);
  return index;
}

function section(id: number, body: readonly number[]): number[] {
  return [id, body.length, ...body];
}
