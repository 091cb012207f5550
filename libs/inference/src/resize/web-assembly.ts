/** What is used of a global that comes with Node.js, but whose types come only with a browser's. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { readonly exports: unknown };
};

/** Memory of a kernel, which grows and never shrinks. */
export interface KernelMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** @param base64 what `npm run wasm` has assembled */
export const compileKernel = (base64: string): object =>
  new WebAssembly.Module(Buffer.from(base64, 'base64'));

export const instantiate = <Exports>(kernel: object): Exports =>
  new WebAssembly.Instance(kernel).exports as Exports;
