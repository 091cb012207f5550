import { Injectable } from '@nestjs/common';
import { decodeCursor, encodeCursor } from '#libs/platform';
import type { AuditPage, AuditQuery } from './audit.dto.js';
import { AuditRepository } from './audit.repository.js';

/** What was done, by whom. */
@Injectable()
export class AuditService {
  constructor(private readonly audit: AuditRepository) {}

  /** @throws Problem `invalid_request` for a cursor that is none */
  async page({ cursor, limit, ...query }: AuditQuery): Promise<AuditPage> {
    const after = cursor === undefined ? undefined : decodeCursor(cursor);
    // One more than asked for tells whether anything follows.
    const found = await this.audit.page(query, after, limit + 1);
    const entries = found.slice(0, limit);
    const last = entries.at(-1);
    const isEnd = found.length <= limit || last === undefined;
    return { entries, nextCursor: isEnd ? null : encodeCursor({ at: new Date(last.at), id: last.id }) };
  }
}
