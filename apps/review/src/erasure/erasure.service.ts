import { Injectable } from '@nestjs/common';
import { Problem } from '#libs/platform';
import { actorOf, type Caller } from '../access/caller.js';
import type { ErasureQuery, ErasureView } from './erasure.dto.js';
import { ErasureRepository } from './erasure.repository.js';
import { PictureRemover } from './picture-remover.js';

/** Erases contents on request. */
@Injectable()
export class ErasureService {
  constructor(
    private readonly erasures: ErasureRepository,
    private readonly pictures: PictureRemover,
  ) {}

  /** @throws Problem `not_found`, `conflict` where somebody has yet to decide, `forbidden` for an admin's options */
  async erase(id: string, query: ErasureQuery, caller: Caller): Promise<ErasureView> {
    const isAdmin = caller.kind === 'moderator' && caller.role === 'admin';
    if (!isAdmin && (query.force || query.forgetHash))
      throw new Problem('forbidden', 'force and forgetHash are for admins: what they undo, others rely on.');
    const erased = await this.erasures.erase(id, query, actorOf(caller));
    if (!erased.ok) throw problemOf(id, erased);
    const { hadPicture, withdrawn } = erased.value;
    const { scope } = query;
    const untouched = scope === 'personal' ? 'untouched' : 'none';
    return { id, scope, picture: hadPicture ? await this.pictures.removeOf(id) : untouched, withdrawn };
  }
}

const problemOf = (
  id: string,
  failure: { code: 'not_found' } | { code: 'undecided'; what: string },
): Problem =>
  failure.code === 'not_found'
    ? new Problem('not_found', `There is no content ${id}.`)
    : new Problem(
        'conflict',
        `Nothing was erased: ${failure.what}. Wait for that, or let an admin erase it with force=true.`,
      );
