import { Injectable } from '@nestjs/common';
import { decodeCursor, encodeCursor, Problem } from '#libs/platform';
import type { GoldenList, GoldenPage, GoldenView, NewGolden, Retirement } from './golden.dto.js';
import { goldenRefusals, GoldenRepository, type StoredGolden } from './golden.repository.js';

/** The golden cases: pictures whose right answer a lead has told. */
@Injectable()
export class GoldenService {
  constructor(private readonly golden: GoldenRepository) {}

  /** @throws Problem `not_found`, `conflict` (with `refusal`) */
  async create(request: NewGolden, { id }: { id: string }): Promise<GoldenView> {
    const made = await this.golden.create(request, id);
    if (made.ok) return viewOf(made.value);
    if (made.code === 'not_found') throw new Problem('not_found', `There is no case ${request.caseId}.`);
    throw new Problem('conflict', `${goldenRefusals[made.code]} Nothing was changed.`, {
      extensions: { refusal: made.code },
    });
  }

  /** @throws Problem `not_found` */
  async retire(goldenId: string, { reason }: Retirement, { id }: { id: string }): Promise<GoldenView> {
    const retired = await this.golden.retire(goldenId, id, reason);
    if (!retired) throw new Problem('not_found', `There is no golden case ${goldenId}.`);
    return viewOf(retired);
  }

  async page({ retired, cursor, limit }: GoldenList): Promise<GoldenPage> {
    const after = cursor === undefined ? undefined : decodeCursor(cursor);
    // One more than asked for tells whether anything follows.
    const found = await this.golden.page(retired, after, limit + 1);
    const golden = found.slice(0, limit);
    const last = golden.at(-1);
    return {
      golden: golden.map(viewOf),
      nextCursor: found.length > limit && last ? encodeCursor({ at: last.madeAt, id: last.id }) : null,
    };
  }
}

const viewOf = ({ madeAt, retiredAt, ...golden }: StoredGolden): GoldenView => ({
  ...golden,
  madeAt: madeAt.toISOString(),
  retiredAt: retiredAt && retiredAt.toISOString(),
});
