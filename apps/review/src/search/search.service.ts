import { Injectable } from '@nestjs/common';
import { decodeCursor, encodeCursor } from '#libs/platform';
import type { SearchPage, SearchQuery } from './search.dto.js';
import { SearchRepository } from './search.repository.js';

/** What came in, and what became of it. */
@Injectable()
export class SearchService {
  constructor(private readonly contents: SearchRepository) {}

  /** @throws Problem `invalid_request` for a cursor that is none */
  async page({ cursor, limit, ...filter }: SearchQuery): Promise<SearchPage> {
    const after = cursor === undefined ? undefined : decodeCursor(cursor);
    // One more than asked for tells whether anything follows.
    const rows = await this.contents.page(filter, after, limit + 1);
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    const isEnd = rows.length <= limit || last === undefined;
    return { contents: page.map(({ found }) => found), nextCursor: isEnd ? null : encodeCursor(last.place) };
  }
}
