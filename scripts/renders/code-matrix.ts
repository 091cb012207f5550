import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { prepareZXingModule, writeBarcode, type WriterOptions } from 'zxing-wasm/writer';

/** The modules of a code, without its quiet zone. */
export interface CodeMatrix {
  /** rows top to bottom, 1 is dark in a code that is not inverted */
  dark: Uint8Array;
  columns: number;
  rows: number;
}

const binary = readFileSync(fileURLToPath(import.meta.resolve('zxing-wasm/writer/zxing_writer.wasm')));
prepareZXingModule({
  overrides: {
    wasmBinary: binary.buffer.slice(binary.byteOffset, binary.byteOffset + binary.byteLength),
  },
});

/** @param errorCorrection L, M, Q or H. @throws Error for a payload that does not fit */
export const codeMatrix = async (
  payload: string | Uint8Array,
  format: NonNullable<WriterOptions['format']> = 'QRCode',
  errorCorrection = '',
): Promise<CodeMatrix> => {
  const options = errorCorrection === '' ? '' : `ecLevel=${errorCorrection}`;
  const { error, symbol } = await writeBarcode(payload, { format, options });
  if (error !== '') throw new Error(`${format} of ${payload.length}: ${error}`);
  const dark = Uint8Array.from(symbol.data, (value) => (value === 0 ? 1 : 0));
  return { dark, columns: symbol.width, rows: symbol.height };
};
