import {
  type Classification,
  type Detector,
  type Embedding,
  embeddingSchema,
  type EventOn,
  type Pixels,
  type Policy,
  rulesFor,
  toHalfFloats,
} from '#libs/domain';
import type { Logger } from '#libs/platform';
import {
  type DetectorsService,
  type Findings,
  nothingFound,
  type PictureVector,
} from '../detectors/detectors.service.js';
import type { PicturesService } from '../pictures/pictures.service.js';
import { needsOf, type Sight } from './looks.js';

/** The outcome waits for it, and can do without. */
const longestMs = 10_000;

/** What is said of a picture beside its verdict. */
export type Asides = Pick<EventOn<'content.rescored'>['data'], 'embedding' | 'shadow'>;

/**
 * Once the verdict is known: what the picture is like, where a person is next, and what packs on trial say of it. Nobody is
 * judged by that, and nothing fails for want of it.
 */
export class SecondLooks {
  constructor(
    private readonly detectors: DetectorsService,
    private readonly pictures: PicturesService,
    private readonly logger: Logger,
  ) {}

  /** Opens the picture once more, unless nobody is left to look. */
  async at(sight: Sight, isForPerson: boolean, policy: Policy): Promise<Asides> {
    const embedder = isForPerson ? this.detectors.embedder : undefined;
    const before = vectorOf(sight, embedder);
    const onTrial = this.detectors.onTrialBeside(sight, sight.content.id);
    const found = await this.look(sight, embedder && !before ? [embedder, ...onTrial] : onTrial, policy);
    const embedding = this.encoded(before ?? vectorOf(found, embedder), sight);
    const shadow = found.seen.filter(({ model }) => onTrial.some(({ name }) => name === model.name));
    return {
      ...(embedding ? { embedding } : {}),
      ...(shadow.length > 0 ? { shadow: shadow.map(withoutEvidence) } : {}),
    };
  }

  private async look({ content }: Sight, detectors: Detector[], policy: Policy): Promise<Findings> {
    if (detectors.length === 0) return nothingFound;
    const rules = rulesFor(policy, content.surface);
    const look = (views: Pixels[]): Promise<Findings> =>
      this.detectors.lookBeside(detectors, rules, longestMs, views);
    try {
      const shown = await this.pictures.show(content, needsOf(detectors, detectors.length), look);
      if (!shown.ok) throw new Error(`${shown.code}: ${shown.detail}`);
      const { unheard } = shown.value;
      if (unheard.length > 0)
        this.logger.warn({ contentId: content.id, unheard }, 'a second look gave nothing');
      return shown.value;
    } catch (error) {
      this.logger.warn({ err: error, contentId: content.id }, 'a picture was not looked at again');
      return nothingFound;
    }
  }

  private encoded(vector: PictureVector | undefined, { content }: Sight): Embedding | undefined {
    const embedding = vector && encoded(vector);
    if (vector && !embedding)
      this.logger.warn({ contentId: content.id, model: vector.model }, 'an embedding cannot be used');
    return embedding;
  }
}

const vectorOf = ({ embeddings }: Findings, embedder: Detector | undefined): PictureVector | undefined =>
  embeddings.find(({ model }) => model === embedder?.name);

/** Undefined for one without a direction, and for one that is too long to be stored. */
const encoded = ({ model, version, values }: PictureVector): Embedding | undefined => {
  const length = Math.hypot(...values);
  if (!(length > 0 && Number.isFinite(length))) return undefined;
  const halves = toHalfFloats(values.map((value) => value / length));
  const embedding = { model, version, values: Buffer.from(halves).toString('base64') };
  return embeddingSchema.safeParse(embedding).data;
};

/** Nobody is shown it, so nothing that may name a person is kept. */
const withoutEvidence = ({ model, scores }: Classification): Classification => ({ model, scores });
