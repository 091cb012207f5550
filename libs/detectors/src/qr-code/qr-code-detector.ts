import {
  type Category,
  type Detection,
  type Detector,
  type DetectorFailure,
  type LookOptions,
  mostEvidence,
  ok,
  type Pixels,
  type Result,
} from '#libs/domain';
import { ZXING_WASM_VERSION } from 'zxing-wasm/reader';
import { type CodeReaderOptions, CodeReaders } from './code-readers.js';
import { judgeCode, qrCategory } from './judge-code.js';

/** of what is made of a payload: a change changes verdicts */
const rulesRevision = 1;

const defaults: CodeReaderOptions = { threads: 1, queueLimit: 64, hangLimitMs: 5_000 };

const startLimitMs = 30_000;

/** Reads QR codes, Micro QR codes and rMQR codes: `spam/qr-code`, with what they say as evidence. */
export class QrCodeDetector implements Detector {
  readonly name = 'qr-code';
  readonly version = `${ZXING_WASM_VERSION}-rules.${rulesRevision}`;
  readonly categories: readonly Category[] = [qrCategory];
  readonly costClass = 'medium';
  /** A 12 MP photo keeps half its width and height: the most that is still decoded at half size. */
  readonly minShortSide = 1500;

  private constructor(private readonly readers: CodeReaders) {}

  /** Resolves once a thread can read. @throws Error when it cannot, or the program has not been built */
  static async open(options: Partial<CodeReaderOptions> = {}): Promise<QrCodeDetector> {
    const readers = new CodeReaders({ ...defaults, ...options });
    const first = await readers.read([], startLimitMs);
    if (first.ok) return new QrCodeDetector(readers);
    await readers.close();
    throw new Error(`no thread that reads codes could be started: ${first.detail}`);
  }

  async detect(
    views: Pixels[],
    { rules, deadlineMs }: LookOptions,
  ): Promise<Result<Detection, DetectorFailure>> {
    const read = await this.readers.read(views, deadlineMs);
    if (!read.ok) return read;
    // most severe first, should there be more than are kept
    const evidence = read.value
      .map((code) => judgeCode(code, rules.links))
      .sort((one, other) => other.score - one.score);
    const scores = { [qrCategory]: evidence[0]?.score ?? 0 };
    return ok({ version: this.version, scores, evidence: evidence.slice(0, mostEvidence) });
  }

  async close(): Promise<void> {
    await this.readers.close();
  }
}
