import { Injectable } from '@nestjs/common';
import { BlobStore } from '#libs/blobs';
import { renderPreview } from '#libs/images';
import { Problem } from '#libs/platform';
import type { Rendition } from './case.dto.js';
import { CasesRepository } from './cases.repository.js';

/** pixels: enough to choose what to look at, and all that leaves the server until somebody asks for more */
const previewMaxSide = 512;

/** The picture of a case, for its moderator's eyes. */
@Injectable()
export class CaseImageService {
  constructor(
    private readonly cases: CasesRepository,
    private readonly blobs: BlobStore,
  ) {}

  /** @throws Problem `not_found` where there is no such case or its bytes are gone; `undecodable_image` */
  async render(caseId: string, rendition: Rendition): Promise<{ bytes: Buffer; mediaType: string }> {
    const found = await this.cases.blobOf(caseId);
    if (!found) throw new Problem('not_found', `There is no case ${caseId}.`);
    const bytes = found.blobKey === null ? undefined : await this.blobs.get(found.blobKey);
    if (!bytes) throw new Problem('not_found', 'The bytes of this picture are no longer kept.');
    if (rendition === 'original') return { bytes, mediaType: found.mediaType };
    const preview = await renderPreview(bytes, { maxSide: previewMaxSide, blurred: true });
    if (!preview.ok) throw new Problem(preview.code, preview.detail);
    return { bytes: preview.value, mediaType: 'image/webp' };
  }
}
