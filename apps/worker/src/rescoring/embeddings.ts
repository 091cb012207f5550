import { type Content, type Embedding, embeddingSchema, toHalfFloats } from '#libs/domain';
import type { ModelPack } from '#libs/inference';
import type { Logger } from '#libs/platform';
import type { PictureVector } from '../detectors/detectors.service.js';
import type { ModelsService } from '../models/models.service.js';
import type { PicturesService } from '../pictures/pictures.service.js';
import type { Sight } from './looks.js';

/** It is cheap, and a person can do without it. */
const longestMs = 10_000;

/** What pictures are like, for a person who asks whether the like was seen before. */
export class Embeddings {
  constructor(
    private readonly models: ModelsService,
    private readonly pictures: PicturesService,
    private readonly logger: Logger,
  ) {}

  /**
   * By the one pack that gives embeddings here, which looks now if it has not looked before.
   *
   * @returns undefined where there is no such pack, and where it could not look: nothing fails for want of it
   */
  async of({ content, embeddings }: Pick<Sight, 'content' | 'embeddings'>): Promise<Embedding | undefined> {
    const { embedder } = this.models;
    if (!embedder) return undefined;
    const { name } = embedder.manifest;
    try {
      const before = embeddings.find(({ model }) => model === name);
      return encoded(before ?? (await this.look(embedder, content)));
    } catch (error) {
      this.logger.warn({ err: error, contentId: content.id }, 'a picture goes without its embedding');
      return undefined;
    }
  }

  /** At the picture as people see it. @throws Error where it cannot be seen */
  private async look(embedder: ModelPack, content: Content): Promise<PictureVector> {
    const { name: model, resize } = embedder.manifest;
    const shown = await this.pictures.show(
      content,
      { minShortSide: resize.minShortSide, copies: 1 },
      ([picture]) => this.models.look(embedder, [picture!], { deadlineMs: longestMs }),
    );
    const seen = shown.ok ? shown.value : shown;
    if (!seen.ok) throw new Error(`${seen.code}: ${seen.detail}`);
    const { version, embedding: values } = seen.value;
    if (!values) throw new Error(`${model} ${version} gave none`);
    return { model, version, values };
  }
}

/** @throws Error for one without a direction, or that is too long to be stored */
const encoded = ({ model, version, values }: PictureVector): Embedding => {
  const length = Math.hypot(...values);
  if (!(length > 0 && Number.isFinite(length)))
    throw new Error(`that of ${model} ${version} has no direction`);
  const halves = toHalfFloats(values.map((value) => value / length));
  return embeddingSchema.parse({ model, version, values: Buffer.from(halves).toString('base64') });
};
