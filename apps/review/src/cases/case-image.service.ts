import { Injectable } from '@nestjs/common';
import pLimit from 'p-limit';
import { BlobStore } from '#libs/blobs';
import { renderPreview } from '#libs/images';
import { Problem } from '#libs/platform';
import type { Rendition } from './case.dto.js';
import { notFound } from './case-problems.js';
import { CasesRepository } from './cases.repository.js';

/** pixels: enough to choose what to look at, and all that leaves the server until somebody asks for more */
const previewMaxSide = 512;
/** A preview decodes a whole picture: more at once would take memory that grows with the number of moderators. */
const previewsAtOnce = 2;

/** The picture of a case, for its moderator's eyes. */
@Injectable()
export class CaseImageService {
  private readonly oneOfFew = pLimit(previewsAtOnce);

  constructor(
    private readonly cases: CasesRepository,
    private readonly blobs: BlobStore,
  ) {}

  /**
   * Whoever is shown the original is written down before it leaves.
   *
   * @throws Problem `not_found` where there is no such case or its bytes are gone; `undecodable_image`
   */
  async render(
    caseId: string,
    rendition: Rendition,
    viewer: { id: string },
  ): Promise<{ bytes: Buffer; mediaType: string }> {
    const { blobKey, mediaType } = (await this.cases.blobOf(caseId)) ?? notFound(caseId);
    if (rendition === 'original') {
      const bytes = await this.bytesOf(blobKey);
      await this.cases.recordView(viewer.id, caseId);
      return { bytes, mediaType };
    }
    return this.oneOfFew(async () => {
      const bytes = await this.bytesOf(blobKey);
      const preview = await renderPreview(bytes, { maxSide: previewMaxSide, blurred: true });
      if (!preview.ok) throw new Problem(preview.code, preview.detail);
      return { bytes: preview.value, mediaType: 'image/webp' };
    });
  }

  private async bytesOf(blobKey: string | null): Promise<Buffer> {
    const bytes = blobKey === null ? undefined : await this.blobs.get(blobKey);
    if (!bytes) throw new Problem('not_found', 'The bytes of this picture are no longer kept.');
    return bytes;
  }
}
