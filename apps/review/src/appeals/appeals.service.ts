import { Inject, Injectable } from '@nestjs/common';
import { decodeCursor, encodeCursor, Metrics, Problem } from '#libs/platform';
import { CONFIG, type ReviewConfig } from '../review-config.js';
import type {
  AppealList,
  AppealPage,
  AppealRequest,
  AppealView,
  ContentAppeals,
  ListedAppeal,
} from './appeal.dto.js';
import { appealRefusals } from './appeal-refusal.js';
import { AppealsRepository, type StoredAppeal } from './appeals.repository.js';

const secondsPerHour = 3600;

/** Complaints about blocks. */
@Injectable()
export class AppealsService {
  private readonly received;

  constructor(
    private readonly appeals: AppealsRepository,
    @Inject(CONFIG) private readonly config: Pick<ReviewConfig, 'appealSlaHours'>,
    metrics: Metrics,
  ) {
    this.received = metrics.counter({ name: 'sluice_appeals_received_total', help: 'Appeals received' });
  }

  /** @throws Problem `not_found`, `conflict` (with `refusal`, and `appealId` where there is one); then nothing has changed */
  async file(
    contentId: string,
    { reason, reference = null }: AppealRequest,
    filedBy: string,
  ): Promise<{ appeal: AppealView; isNew: boolean }> {
    const filed = await this.appeals.file(
      contentId,
      { reason, reference, filedBy },
      this.config.appealSlaHours * secondsPerHour,
    );
    if (!filed.ok) {
      if (filed.code === 'not_found') throw noContent(contentId);
      throw new Problem('conflict', `This was not appealed. ${appealRefusals[filed.code]}`, {
        extensions: {
          refusal: filed.code,
          ...(filed.appealId === null ? {} : { appealId: filed.appealId }),
        },
      });
    }
    if (filed.value.isNew) this.received.inc();
    return { appeal: viewOf(filed.value.appeal), isNew: filed.value.isNew };
  }

  /** @throws Problem `not_found` */
  async ofContent(contentId: string): Promise<ContentAppeals> {
    const appeals = await this.appeals.ofContent(contentId);
    if (appeals.length === 0 && !(await this.appeals.contentExists(contentId))) throw noContent(contentId);
    return { appeals: appeals.map(viewOf) };
  }

  /** @throws Problem `invalid_request` for a cursor that no page gave */
  async page({ state, cursor, limit }: AppealList): Promise<AppealPage> {
    const rows = await this.appeals.page({ state }, cursor ? decodeCursor(cursor) : undefined, limit + 1);
    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    return {
      appeals: shown.map((row): ListedAppeal => ({ ...viewOf(row), caseId: row.caseId })),
      nextCursor: last && rows.length > limit ? encodeCursor({ at: last.filedAt, id: last.id }) : null,
    };
  }
}

const noContent = (id: string): Problem => new Problem('not_found', `There is no content ${id}.`);

const viewOf = ({
  id,
  contentId,
  state,
  reason,
  reference,
  filedAt,
  concludedAt,
}: StoredAppeal): AppealView => ({
  id,
  contentId,
  state,
  reason,
  reference,
  filedAt: filedAt.toISOString(),
  concludedAt: concludedAt && concludedAt.toISOString(),
});
