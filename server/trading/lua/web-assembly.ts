/** A function that WebAssembly exports or imports; what passes is checked by nobody. */
export type WasmFunction = (...values: number[]) => number | undefined;

/** The functions that WebAssembly can call by number. */
export interface WasmTable {
  get(index: number): WasmFunction;
  set(index: number, callback: WasmFunction): void;
  /** Answers the size before. */
  grow(entries: number): number;
}

/** Linear memory; growing it detaches the buffer that was. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** Compiled code, which any number of instances share. */
export interface WasmModule {
  readonly compiledFrom?: never;
}

/** What an instance imports: by module, then by name. */
export type WasmImports = Record<string, Record<string, WasmFunction>>;

interface WebAssemblyApi {
  readonly Module: {
    new (bytes: Uint8Array): WasmModule;
    imports(compiled: WasmModule): { readonly module: string; readonly name: string }[];
  };
  readonly Instance: new (
    compiled: WasmModule,
    imports: WasmImports,
  ) => { readonly exports: Record<string, unknown> };
}

/** As Node has it. Its types come with those of the browser only, which are not wanted here. */
export const webAssembly = (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly;
