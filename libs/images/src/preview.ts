import { ok, type Result } from '#libs/domain';
import { type ImageRefusal, refuse } from './refusal.js';
import { sharp } from './sharp.js';

export interface PreviewOptions {
  /** pixels of the longer side at most; never enlarged */
  maxSide: number;
  /** so that nothing can be made out but the rough shapes and colours */
  blurred: boolean;
}

/** Standard deviation of the blur as a share of the longer side. */
const blurShare = 1 / 24;
const quality = 80;
const timeoutSeconds = 10;

/**
 * The first frame for a person to look at: upright, on white, as a WebP without the original's metadata.
 * Refuses with `undecodable_image`; whoever stored the bytes has checked their limits.
 */
export const renderPreview = async (
  bytes: Buffer,
  { maxSide, blurred }: PreviewOptions,
): Promise<Result<Buffer, ImageRefusal>> => {
  try {
    const shrunk = sharp(bytes, { autoOrient: true, failOn: 'none' })
      .timeout({ seconds: timeoutSeconds })
      .resize({ width: maxSide, height: maxSide, fit: 'inside', withoutEnlargement: true })
      .flatten({ background: '#ffffff' });
    const shown = blurred ? shrunk.blur(maxSide * blurShare) : shrunk;
    return ok(await shown.webp({ quality }).toBuffer());
  } catch {
    return refuse('undecodable_image', 'The stored bytes cannot be decoded as a picture.');
  }
};
