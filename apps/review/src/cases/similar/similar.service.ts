import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import {
  countEmbeddings,
  DataSource,
  embeddingOf,
  hasVectorIndex,
  latestEmbeddedBy,
  nearestByIndex,
  type Neighbour,
} from '#libs/database';
import { Problem } from '#libs/platform';
import { isSenior, type Viewer } from '../viewer.js';
import { QueuesService } from '../../queues/queues.service.js';
import { CONFIG, type ReviewConfig } from '../../review-config.js';
import { ExactSearch } from './exact/exact-search.js';
import { type SimilarContent, type SimilarQuery, type SimilarView, usualSimilarity } from './similar.dto.js';
import { type Eyes, type FoundContent, SimilarRepository, type Subject } from './similar.repository.js';

/** Of a picture that came several times one is shown: so many nearest are looked at for each that is asked for. */
const contentsAPicture = 10;
/** Searches that wait for the thread: each is some tenths of a second where very many embeddings are stored. */
const searchesAtMost = 50;
const bytesPerMegabyte = 1_000_000;

interface Found {
  neighbours: Neighbour[];
  searched: number;
  of: number;
}

/** Contents whose pictures are like one's. */
@Injectable()
export class SimilarService implements OnModuleDestroy {
  private readonly exact: ExactSearch;

  constructor(
    private readonly contents: SimilarRepository,
    private readonly queues: QueuesService,
    private readonly dataSource: DataSource,
    @Inject(CONFIG) { similarMemoryMb }: Pick<ReviewConfig, 'similarMemoryMb'>,
  ) {
    this.exact = new ExactSearch(dataSource, { maxBytes: similarMemoryMb * bytesPerMegabyte });
  }

  onModuleDestroy(): Promise<void> {
    return this.exact.close();
  }

  /**
   * While a person has yet to decide nothing shows what others decided, nor whether the case is a test (docs/review.md).
   *
   * @throws Problem `not_found`, also for what the viewer may not see; `conflict` with `refusal` where a picture has no
   *   embedding (`no_embedding`) or no longer (`erased`), to whom that tells nothing; `overloaded`
   */
  async to(id: string, { limit, minSimilarity }: SimilarQuery, viewer: Viewer): Promise<SimilarView> {
    const queues = await this.queues.claimableBy(viewer);
    const eyes: Eyes = { viewerId: viewer.id, queues, seesAll: isSenior(viewer) };
    const subject = await this.contents.subject(id, eyes);
    if (!subject) throw new Problem('not_found', `There is no content ${id}.`);
    const isBlind = subject.isUndecided || !isSenior(viewer);
    const asked = {
      limit,
      minSimilarity: isBlind ? Math.max(minSimilarity, usualSimilarity) : minSimilarity,
      leaveOutSamePicture: isBlind || subject.kind !== 'content',
    };
    const { neighbours, searched, of } = await this.search(subject, asked, isBlind);
    const similar = await this.shown(neighbours, asked, eyes, isBlind);
    return { contentId: id, minSimilarity: asked.minSimilarity, searched, of, similar };
  }

  private async search(
    { contentId }: Subject,
    { limit, leaveOutSamePicture }: { limit: number; leaveOutSamePicture: boolean },
    isBlind: boolean,
  ): Promise<Found> {
    const stored = await embeddingOf(this.dataSource, contentId);
    if (!stored?.vector && !isBlind) throw noEmbedding(contentId, stored !== undefined);
    // Who looked differs between audit samples and other cases: the same is done, and said, without an embedding.
    const model = stored ?? (await latestEmbeddedBy(this.dataSource));
    if (!model) return { neighbours: [], searched: 0, of: 0 };
    const origin = { ...model, contentId, vector: stored?.vector ?? Buffer.alloc(2) };
    const of = await countEmbeddings(this.dataSource, model);
    const most = limit * contentsAPicture;
    if (await hasVectorIndex(this.dataSource)) {
      const options = { limit: most, leaveOutSamePicture };
      const neighbours = stored?.vector ? await nearestByIndex(this.dataSource, origin, options) : [];
      return { neighbours, searched: of, of };
    }
    if (this.exact.waiting >= searchesAtMost)
      throw new Problem('overloaded', 'Very many people search at this moment. Ask again in some seconds.');
    const leaveOut = leaveOutSamePicture ? await this.contents.contentsOfPicture(contentId) : [contentId];
    const { neighbours, searched } = await this.exact.nearest(origin, { limit: most, leaveOut });
    return { neighbours, searched: Math.min(searched, of), of };
  }

  private async shown(
    neighbours: Neighbour[],
    { limit, minSimilarity }: { limit: number; minSimilarity: number },
    eyes: Eyes,
    isBlind: boolean,
  ): Promise<SimilarContent[]> {
    const near = neighbours.filter(({ similarity }) => rounded(similarity) >= minSimilarity);
    if (near.length === 0) return [];
    const similarityOf = new Map(near.map(({ contentId, similarity }) => [contentId, rounded(similarity)]));
    const found = await this.contents.contents([...similarityOf.keys()], eyes);
    return found
      .map((row) =>
        viewOf(row, similarityOf.get(row.id)!, !isBlind || row.decision?.moderatorId === eyes.viewerId),
      )
      .sort((a, b) => b.similarity - a.similarity)
      .slice(0, limit);
  }
}

/** More digits than half-precision numbers have would promise what is not there. */
const rounded = (similarity: number): number => Math.min(1, Math.round(similarity * 1e4) / 1e4);

const viewOf = (
  { verdict, tier, caseId, decision, receivedAt, ...content }: FoundContent,
  similarity: number,
  mayKnow: boolean,
): SimilarContent => ({
  content: { ...content, receivedAt: receivedAt.toISOString() },
  similarity,
  caseId,
  verdict: mayKnow ? verdict : null,
  tier: mayKnow ? tier : null,
  decision:
    mayKnow && decision ? { ...decision, decidedAt: new Date(decision.decidedAt).toISOString() } : null,
});

const noEmbedding = (id: string, wasErased: boolean): Problem =>
  wasErased
    ? new Problem('conflict', `What the picture of content ${id} is like was erased with it.`, {
        extensions: { refusal: 'erased' },
      })
    : new Problem(
        'conflict',
        `No model that gives embeddings looked at content ${id}: only pictures that a person was asked about have one.`,
        { extensions: { refusal: 'no_embedding' } },
      );
