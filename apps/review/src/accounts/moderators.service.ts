import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type Actor, hashPassword } from '#libs/database';
import { Problem } from '#libs/platform';
import type {
  ModeratorChange,
  ModeratorCreated,
  ModeratorListQuery,
  ModeratorPage,
  ModeratorRow,
  ModeratorView,
  NewModeratorRequest,
} from './moderator.dto.js';
import { ModeratorsRepository } from './moderators.repository.js';
import { SecondFactorRepository } from './second-factor.repository.js';

const initialPasswordBytes = 18;

/** Accounts as admins see and change them. */
@Injectable()
export class ModeratorsService {
  constructor(
    private readonly moderators: ModeratorsRepository,
    private readonly secondFactors: SecondFactorRepository,
  ) {}

  async page({ cursor, limit }: ModeratorListQuery): Promise<ModeratorPage> {
    const found = await this.moderators.page(cursor, limit + 1);
    const moderators = found.slice(0, limit).map(shown);
    return { moderators, nextCursor: found.length > limit ? moderators.at(-1)!.id : null };
  }

  /** @throws Problem `conflict` where the address has an account; `invalid_request` for a queue that is not there */
  async create(request: NewModeratorRequest, actor: Actor): Promise<ModeratorCreated> {
    const initialPassword = newInitialPassword();
    const created = await this.moderators.create(request, await hashPassword(initialPassword), actor);
    if (created.ok) return { moderator: shown(created.value), initialPassword };
    if (created.code === 'unknown_queues') throw unknownQueues(created.queues);
    throw new Problem('conflict', 'This e-mail address has an account already; change that one.');
  }

  /**
   * @throws Problem `not_found`; `conflict` where nobody would be admin after it; `invalid_request` for a queue that is
   * not there
   */
  async change(id: string, change: ModeratorChange, actor: Actor): Promise<ModeratorView> {
    const changed = await this.moderators.change(id, change, actor);
    if (changed.ok) return shown(changed.value);
    if (changed.code === 'unknown_queues') throw unknownQueues(changed.queues);
    if (changed.code === 'not_found') throw notFound();
    throw new Problem(
      'conflict',
      'This is the last admin: make somebody else admin first, or nobody could manage accounts. Nothing was changed.',
    );
  }

  /** @throws Problem `not_found` */
  async resetPassword(id: string, actor: Actor): Promise<string> {
    const initialPassword = newInitialPassword();
    if (!(await this.moderators.resetPassword(id, await hashPassword(initialPassword), actor)))
      throw notFound();
    return initialPassword;
  }

  /** For who has lost their second factor and their recovery codes. @throws Problem `not_found` */
  async removeSecondFactor(id: string, actor: Actor): Promise<void> {
    if (!(await this.secondFactors.remove(id, actor)))
      throw new Problem('not_found', 'There is no such account, or it has no second factor.');
  }
}

const shown = (row: ModeratorRow): ModeratorView => ({
  ...row,
  createdAt: row.createdAt.toISOString(),
  disabledAt: row.disabledAt?.toISOString() ?? null,
});

const newInitialPassword = (): string => randomBytes(initialPasswordBytes).toString('base64url');

const notFound = (): Problem => new Problem('not_found', 'There is no account with this id.');

const unknownQueues = (queues: string[]): Problem =>
  new Problem('invalid_request', `There is no queue ${queues.join(', ')}.`, {
    fields: queues.map((name) => ({ path: 'queues', message: `there is no queue ${name}` })),
  });
