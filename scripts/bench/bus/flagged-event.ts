import { createHash } from 'node:crypto';
import { blobKeyFor, type BlobStore } from '#libs/blobs';
import type { Category, Content, EventOn } from '#libs/domain';
import { defaultImageLimits, inspect } from '#libs/images';
import { newId } from '#libs/platform';

/** What an event says of an image that is in the store. */
export type Stored = Pick<Content, 'sha256' | 'mediaType' | 'width' | 'height' | 'bytes' | 'blobKey'>;

/** Puts an image into the store, and says what an event has to say of it. */
export const stored = async (blobs: BlobStore, bytes: Buffer): Promise<Stored> => {
  const facts = await inspect(bytes, defaultImageLimits);
  if (!facts.ok) throw new Error(facts.detail);
  const { mediaType, width, height } = facts.value;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const blobKey = blobKeyFor(sha256);
  await blobs.put(blobKey, bytes);
  return { sha256, mediaType, width, height, bytes: bytes.length, blobKey };
};

/** A picture that the fast tier was in doubt about. */
export const aFlaggedEvent = (image: Stored, asked: Category): EventOn<'content.flagged'> => {
  const id = newId();
  const at = new Date().toISOString();
  return {
    specversion: '1.0',
    id: `${id}:content.flagged`,
    source: 'sluice/bench',
    type: 'sluice.content.flagged.v1',
    subject: id,
    time: at,
    datacontenttype: 'application/json',
    data: {
      content: {
        id,
        ...image,
        pdq: 'b'.repeat(64),
        pdqQuality: 100,
        surface: 'default',
        reference: null,
        apiKeyId: id,
        receivedAt: at,
      },
      fast: {
        key: 'fast',
        tier: 'fast',
        verdict: 'review',
        policy: { name: 'default', version: 1 },
        categories: { [asked]: { score: 0.6, verdict: 'review' } },
        reasons: [{ kind: 'score', category: asked, score: 0.6, threshold: 0.5, verdict: 'review' }],
        models: [{ name: 'nsfw-mobilenet-v2', version: '1', tier: 'fast' }],
        at,
      },
      asks: [asked],
      audit: null,
    },
  };
};
