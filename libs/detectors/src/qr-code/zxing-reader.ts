import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { prepareZXingModule, purgeZXingModule, type ZXingReaderModule } from 'zxing-wasm/reader';
import type { Luminance } from './luminance.js';

export type ZXingResult = NonNullable<ReturnType<Results['get']>>;
type Results = ReturnType<ZXingReaderModule['readBarcodesFromPixmap']>;

/** What Emscripten adds, whose types the library names without bringing them. */
interface EmscriptenMemory {
  HEAPU8: Uint8Array;
  /** address of so many bytes; 0 where there is no memory */
  _malloc(bytes: number): number;
  _free(address: number): void;
}
interface EmscriptenObject {
  delete(): void;
}

/** Most codes of a view; their search ends with the last. */
const mostCodes = 64;

/**
 * The library's own options in the numbers that its binary takes. Codes for people's phones only: Aztec, Data Matrix and
 * PDF417 take seven times as long to look for, and stand on tickets, parcels and medicines (docs/detectors/qr-code.md).
 */
const options = {
  formats: 'QRCode,MicroQRCode,RMQRCode',
  tryHarder: true,
  tryRotate: true,
  tryInvert: true,
  tryDownscale: true,
  downscaleThreshold: 500,
  downscaleFactor: 3,
  tryDenoise: false,
  /** LocalAverage */
  binarizer: 0,
  isPure: false,
  minLineCount: 2,
  maxNumberOfSymbols: mostCodes,
  validateOptionalChecksum: false,
  returnErrors: false,
  /** Ignore */
  eanAddOnSymbol: 0,
  /** Plain */
  textMode: 0,
  /** Unknown, to be guessed */
  characterSet: 0,
  tryCode39ExtendedMode: false,
};

/**
 * zxing-cpp's reader as WebAssembly. Its binary comes from the package on the disk: by itself the library would fetch it
 * from the internet. Its own `readBarcodes` wants four bytes a pixel, and never frees its lists of results.
 */
export class ZXingReader {
  private constructor(private readonly zxing: ZXingReaderModule & EmscriptenMemory) {}

  /** A new instance of the binary, with a memory of its own. */
  static async open(): Promise<ZXingReader> {
    const file = fileURLToPath(import.meta.resolve('zxing-wasm/reader/zxing_reader.wasm'));
    const wasmBinary = Uint8Array.from(await readFile(file)).buffer;
    purgeZXingModule();
    const zxing = await prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true });
    return new ZXingReader(zxing as ZXingReaderModule & EmscriptenMemory);
  }

  /** @throws Error for a fault inside the binary, which must not be used again */
  read({ data, width, height }: Luminance): ZXingResult[] {
    const { zxing } = this;
    const at = zxing._malloc(data.length);
    if (at === 0) throw new Error(`no memory for ${data.length} bytes`);
    zxing.HEAPU8.set(data, at);
    const found = zxing.readBarcodesFromPixmap(at, width, height, options) as Results & EmscriptenObject;
    const results = Array.from({ length: found.size() }, (_, index) => found.get(index)!);
    found.delete();
    zxing._free(at);
    return results;
  }
}
