import { Injectable } from '@nestjs/common';
import { dsaStatementOf, type Statement } from '#libs/domain';
import { decodeCursor, encodeCursor, Problem } from '#libs/platform';
import type { StatementList, StatementPage } from './statement.dto.js';
import { StatementsRepository } from './statements.repository.js';

/** What uploaders of blocked pictures are told. */
@Injectable()
export class StatementsService {
  constructor(private readonly statements: StatementsRepository) {}

  /** @throws Problem `not_found` where no restriction holds */
  async ofContent(contentId: string): Promise<Statement> {
    const statement = await this.statements.ofContent(contentId);
    if (statement) return statement;
    throw new Problem(
      'not_found',
      `There is no statement of reasons for ${contentId}: no block of it holds for good, or nobody knows it.`,
    );
  }

  /** @throws Problem `invalid_request` for a cursor that no page gave */
  async page({ format, from, to, cursor, limit }: StatementList): Promise<StatementPage> {
    const period = { from: instantOf(from), to: instantOf(to) };
    const found = await this.statements.issued(period, cursor ? decodeCursor(cursor) : undefined, limit + 1);
    const shown = found.slice(0, limit);
    const last = shown.at(-1);
    return {
      statements: format === 'dsa' ? shown.map(dsaStatementOf) : shown,
      nextCursor:
        last && found.length > limit ? encodeCursor({ at: new Date(last.issuedAt), id: last.id }) : null,
    };
  }
}

const instantOf = (text: string | undefined): Date | undefined =>
  text === undefined ? undefined : new Date(text);
