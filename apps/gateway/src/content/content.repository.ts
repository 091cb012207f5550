import { Injectable } from '@nestjs/common';
import { ContentEntity, VerdictEntity } from '#libs/database';
import { DataSource } from 'typeorm';

export interface StoredContent {
  content: ContentEntity;
  /** oldest first */
  verdicts: VerdictEntity[];
}

/** Reads the ledger, which apps/review writes. */
@Injectable()
export class ContentRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Both reads by primary key; a verdict that comes between them shows in the history only. */
  async find(id: string, apiKeyId: string): Promise<StoredContent | undefined> {
    const content = await this.dataSource.getRepository(ContentEntity).findOneBy({ id, apiKeyId });
    if (!content) return undefined;
    const verdicts = await this.dataSource
      .getRepository(VerdictEntity)
      .find({ where: { contentId: id }, order: { at: 'ASC', key: 'ASC' } });
    return { content, verdicts };
  }
}
