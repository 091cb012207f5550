import { Inject, Injectable } from '@nestjs/common';
import { decodeCursor, encodeCursor } from '#libs/platform';
import { CONFIG, type ReviewConfig } from '../review-config.js';
import { notFound } from './case-problems.js';
import { caseViewOf, type CaseViewRow } from './case-view.js';
import type { CasePage, CaseView, ListQuery } from './case.dto.js';
import { CasesRepository } from './cases.repository.js';
import type { Viewer } from './viewer.js';

/** Shows cases. */
@Injectable()
export class CasesService {
  constructor(
    private readonly cases: CasesRepository,
    @Inject(CONFIG) private readonly config: Pick<ReviewConfig, 'undoSeconds'>,
  ) {}

  async page({ state, queue, cursor, limit }: ListQuery, viewer: Viewer): Promise<CasePage> {
    const after = cursor === undefined ? undefined : decodeCursor(cursor);
    // One more than asked for tells whether anything follows.
    const found = await this.cases.page({ state, queue, viewerId: viewer.id }, after, limit + 1);
    const cases = found.slice(0, limit);
    const last = cases.at(-1);
    const isEnd = found.length <= limit || last === undefined;
    return {
      cases: cases.map((row) => this.view(row, viewer)),
      nextCursor: isEnd ? null : encodeCursor({ at: last.decidedAt ?? last.dueAt, id: last.id }),
    };
  }

  /** @throws Problem `not_found` */
  async get(id: string, viewer: Viewer): Promise<CaseView> {
    const row = await this.cases.find(id);
    return row ? this.view(row, viewer) : notFound(id);
  }

  private view(row: CaseViewRow, viewer: Viewer): CaseView {
    return caseViewOf(row, viewer, this.config.undoSeconds);
  }
}
