import { join } from 'node:path';
import { OverlayTextDetector, type TextReader } from '#libs/detectors';
import { type Detection, type Evidence, ok, type Pixels } from '#libs/domain';
import { decode, defaultImageLimits, inspect } from '#libs/images';
import { InferencePool, loadTextPack } from '#libs/inference';
import { projectRoot } from '#libs/platform';

/** What the detector of overlaid text says of one picture. */
export interface TextLook {
  /** of `spam/contact` */
  score: number;
  evidence: Evidence[];
  /** as it was read */
  lines: string[];
}

/** Nobody waits: what is measured is how well it sees. */
const deadlineMs = 600_000;
const noRules = { links: { allow: [], deny: [] }, phrases: { deny: [] } };

/** The detector over the project's own reading pack, with as many threads as looks may run side by side. */
export class TextLooks {
  private constructor(
    private readonly pool: InferencePool,
    private readonly pack: string,
    private readonly version: string,
    private readonly minShortSide: number,
  ) {}

  static async open(threads: number): Promise<TextLooks> {
    const pack = await loadTextPack(join(projectRoot, 'models', 'overlay-text'));
    const pool = await InferencePool.open([pack], {
      threads,
      provider: 'cpu',
      maxBatch: 1,
      maxDelayMs: 0,
      queueLimit: 64,
      batchLimitMs: deadlineMs,
    });
    const { name, version, minShortSide } = pack.manifest;
    return new TextLooks(pool, name, version, minShortSide);
  }

  /** @param minShortSide pixels that decoding may shrink to; the pack's own when left out */
  async lookAt(bytes: Buffer, minShortSide = this.minShortSide): Promise<TextLook> {
    const lines: string[] = [];
    const detector = new OverlayTextDetector(this.readerInto(lines));
    const views = await viewsOf(bytes, minShortSide);
    const answer = await detector.detect(views, { rules: noRules, deadlineMs });
    if (!answer.ok) throw new Error(answer.detail);
    return { ...scored(answer.value), lines };
  }

  close(): Promise<void> {
    return this.pool.close();
  }

  private readerInto(lines: string[]): TextReader {
    return {
      version: this.version,
      read: async (view, options) => {
        const read = await this.pool.readText(this.pack, view, options);
        if (!read.ok) return read;
        lines.push(...read.value.lines.map(({ text }) => text));
        return ok(read.value.lines);
      },
    };
  }
}

const scored = ({ scores, evidence }: Detection): { score: number; evidence: Evidence[] } => ({
  score: scores['spam/contact'] ?? 0,
  evidence,
});

const viewsOf = async (bytes: Buffer, minShortSide: number): Promise<Pixels[]> => {
  const facts = await inspect(bytes, defaultImageLimits);
  if (!facts.ok) throw new Error(facts.detail);
  const decoded = await decode(bytes, facts.value, { minShortSide, sampledFrames: 1 });
  if (!decoded.ok) throw new Error(decoded.detail);
  return decoded.value.views;
};
