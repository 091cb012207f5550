import { Injectable } from '@nestjs/common';
import {
  DataSource,
  eraseEmbeddingsPastRetention,
  erasePersonalPastRetention,
  queueWebhook,
  recordAudit,
} from '#libs/database';
import { defaultRetention } from '#libs/domain';

/** Any number that nobody else locks: "retain" on a telephone keypad. */
const retentionLock = 738246;
/** contents in one transaction */
const batch = 200;

/** Erases what is personal, and what was made of pictures, when the time that the policy gives it is over. */
@Injectable()
export class RetentionService {
  constructor(private readonly dataSource: DataSource) {}

  /** @returns how many contents; 0 also where another process is at it */
  async eraseReferences(): Promise<number> {
    for (let total = 0; ;) {
      const erased = await this.eraseBatch();
      total += erased;
      if (erased === 0) return total;
    }
  }

  /** What pictures are like, as long after the verdict as the pictures themselves are kept. @returns how many */
  async eraseEmbeddings(): Promise<number> {
    for (let total = 0; ;) {
      const erased = await this.dataSource.transaction(async (transaction) => {
        const count = await eraseEmbeddingsPastRetention(transaction, defaultRetention, batch);
        if (count > 0)
          await recordAudit(
            transaction,
            { kind: 'system' },
            { act: 'embeddings.erased', subject: { kind: 'store', id: 'embeddings' }, details: { count } },
          );
        return count;
      });
      total += erased;
      if (erased === 0) return total;
    }
  }

  private eraseBatch(): Promise<number> {
    return this.dataSource.transaction(async (transaction) => {
      const [{ mine }]: [{ mine: boolean }] = await transaction.query(
        'SELECT pg_try_advisory_xact_lock($1) AS mine',
        [retentionLock],
      );
      if (!mine) return 0;
      const contentIds = await erasePersonalPastRetention(transaction, defaultRetention.referenceDays, batch);
      if (contentIds.length === 0) return 0;
      await recordAudit(
        transaction,
        { kind: 'system' },
        contentIds.map((id) => ({
          act: 'content.erased',
          subject: { kind: 'content', id },
          details: { scope: 'personal', because: 'retention' },
        })),
      );
      await queueWebhook(
        transaction,
        contentIds.map((contentId) => ({
          type: 'content.erased',
          contentId,
          data: { contentId, reference: null, scope: 'personal' },
        })),
      );
      return contentIds.length;
    });
  }
}
