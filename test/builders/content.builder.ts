import { createHash, randomUUID } from 'node:crypto';
import type { Content } from '#libs/domain';

/** A content with facts that fit together; give what the test is about. */
export const aContent = (facts: Partial<Content> = {}): Content => ({
  id: randomUUID(),
  sha256: createHash('sha256').update(randomUUID()).digest('hex'),
  pdq: null,
  pdqQuality: null,
  mediaType: 'image/jpeg',
  width: 500,
  height: 375,
  bytes: 40_211,
  surface: 'default',
  reference: null,
  apiKeyId: randomUUID(),
  blobKey: null,
  receivedAt: new Date().toISOString(),
  ...facts,
});
