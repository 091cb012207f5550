import { Inject, Injectable } from '@nestjs/common';
import { decodeCursor, encodeCursor } from '#libs/platform';
import { QueuesService } from '../queues/queues.service.js';
import { CONFIG, type ReviewConfig } from '../review-config.js';
import { notFound } from './case-problems.js';
import { caseViewOf, type CaseViewRow } from './case-view.js';
import type { CasePage, CaseView, ListQuery } from './case.dto.js';
import { CasesRepository } from './cases.repository.js';
import { isSenior, type Viewer } from './viewer.js';

/** Shows cases. */
@Injectable()
export class CasesService {
  constructor(
    private readonly cases: CasesRepository,
    private readonly queues: QueuesService,
    @Inject(CONFIG) private readonly config: Pick<ReviewConfig, 'undoSeconds'>,
  ) {}

  async page({ state, queue, cursor, limit }: ListQuery, viewer: Viewer): Promise<CasePage> {
    const after = cursor === undefined ? undefined : decodeCursor(cursor);
    // One more than asked for tells whether anything follows.
    const sight = {
      viewerId: viewer.id,
      queues: await this.queues.claimableBy(viewer),
      seesStages: isSenior(viewer),
    };
    const found = await this.cases.page({ state, queue }, sight, after, limit + 1);
    const cases = found.slice(0, limit);
    const last = cases.at(-1);
    const isEnd = found.length <= limit || last === undefined;
    return {
      cases: cases.map((row) => this.view(row, viewer)),
      nextCursor: isEnd ? null : encodeCursor({ at: last.decidedAt ?? last.dueAt, id: last.id }),
    };
  }

  /** @throws Problem `not_found`, also for what is in no queue of the viewer, and was never before them */
  async get(id: string, viewer: Viewer): Promise<CaseView> {
    const queues = await this.queues.claimableBy(viewer);
    const row = await this.cases.find(id, { viewerId: viewer.id, queues });
    return row ? this.view(row, viewer) : notFound(id);
  }

  private view(row: CaseViewRow, viewer: Viewer): CaseView {
    return caseViewOf(row, viewer, this.config.undoSeconds);
  }
}
