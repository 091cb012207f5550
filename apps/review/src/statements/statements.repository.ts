import { Injectable } from '@nestjs/common';
import { DataSource, statementOfContent, type StatementPeriod, statementsIssued } from '#libs/database';
import type { Statement } from '#libs/domain';
import type { Cursor } from '#libs/platform';

/** Reads statements of reasons. */
@Injectable()
export class StatementsRepository {
  constructor(private readonly dataSource: DataSource) {}

  ofContent(contentId: string): Promise<Statement | undefined> {
    return statementOfContent(this.dataSource, contentId);
  }

  issued(period: StatementPeriod, after: Cursor | undefined, limit: number): Promise<Statement[]> {
    return statementsIssued(this.dataSource, period, after, limit);
  }
}
