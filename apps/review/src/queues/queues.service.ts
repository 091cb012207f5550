import { Injectable } from '@nestjs/common';
import { type ModeratorRole, moderatorRoles } from '#libs/database';
import { QueuesRepository } from './queues.repository.js';

/** Queues: which there are, and who may claim where. */
@Injectable()
export class QueuesService {
  constructor(private readonly queues: QueuesRepository) {}

  /**
   * The queues in which a person may claim, in the order of their positions: those whose minimum role they have. A
   * disabled queue is among them, since what waits there still waits for somebody.
   */
  claimableBy({ role }: { id: string; role: ModeratorRole }): Promise<string[]> {
    return this.queues.openTo(moderatorRoles.slice(0, moderatorRoles.indexOf(role) + 1));
  }
}
