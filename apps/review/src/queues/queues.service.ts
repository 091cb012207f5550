import { Injectable } from '@nestjs/common';
import { type Actor, type ModeratorRole, moderatorRoles } from '#libs/database';
import { generalQueue, seniorQueue } from '#libs/domain';
import { Problem } from '#libs/platform';
import type { ChangedQueue, NewQueue, QueueList, QueueView } from './queue.dto.js';
import { QueueDepthService } from './queue-depth.service.js';
import { QueuesRepository } from './queues.repository.js';

/** What the rest of the app counts on: cases go here when nothing else takes them. */
const alwaysEnabled: string[] = [generalQueue, seniorQueue];

/** Whoever asks: role and queues decide where they may claim. */
interface Person {
  id: string;
  role: ModeratorRole;
}

/** Queues: which there are, and who may claim where. */
@Injectable()
export class QueuesService {
  constructor(
    private readonly queues: QueuesRepository,
    private readonly depth: QueueDepthService,
  ) {}

  /**
   * The queues in which a person may claim, in the order of their positions: those whose minimum role they have, and of
   * these, where somebody assigned queues to them, only those. A disabled queue is among them, since what waits there
   * still waits for somebody.
   */
  claimableBy({ id, role }: Person): Promise<string[]> {
    return this.queues.claimableBy(id, moderatorRoles.slice(0, moderatorRoles.indexOf(role) + 1));
  }

  async list(person: Person): Promise<QueueList> {
    const [queues, claimable, depths] = await Promise.all([
      this.queues.all(),
      this.claimableBy(person),
      this.depth.current(),
    ]);
    return {
      queues: queues.map(({ disabledAt, ...queue }) => {
        const own = depths.filter((depth) => depth.queue === queue.name);
        return {
          ...queue,
          disabledAt: disabledAt && disabledAt.toISOString(),
          claimable: claimable.includes(queue.name),
          undecided: sumOf(own),
          overdue: sumOf(own.filter(({ overdue }) => overdue)),
        };
      }),
    };
  }

  /** @throws Problem `conflict` where there is one of this name */
  async create(queue: NewQueue, person: Person): Promise<QueueView> {
    const made = await this.queues.create(queue, actorOf(person));
    if (!made.ok)
      throw new Problem('conflict', `There is a queue ${queue.name} already. Nothing was changed.`, {
        fields: [{ path: 'name', message: 'is taken' }],
      });
    return this.get(queue.name, person);
  }

  /**
   * What waits keeps the times that it was given.
   *
   * @throws Problem `not_found`, `invalid_request`, `conflict`; then nothing has changed
   */
  async change(name: string, to: ChangedQueue, person: Person): Promise<QueueView> {
    if (to.disabled && alwaysEnabled.includes(name))
      throw new Problem('invalid_request', `The queue ${name} takes what no other does: it stays enabled.`, {
        fields: [{ path: 'disabled', message: `must be false for ${alwaysEnabled.join(' and ')}` }],
      });
    const changed = await this.queues.change(name, to, actorOf(person));
    if (changed.ok) return this.get(name, person);
    if (changed.code === 'not_found') throw new Problem('not_found', `There is no queue ${name}.`);
    throw new Problem(
      'conflict',
      `Routing rules name the queue ${name}: change them first. Nothing was changed.`,
      {
        fields: changed.rules.map((index) => ({
          path: `rules.${index}.queue`,
          message: `routes to ${name}`,
        })),
      },
    );
  }

  private async get(name: string, person: Person): Promise<QueueView> {
    const { queues } = await this.list(person);
    return queues.find((queue) => queue.name === name)!;
  }
}

const sumOf = (depths: { count: number }[]): number => depths.reduce((sum, { count }) => sum + count, 0);
const actorOf = ({ id }: Person): Actor => ({ kind: 'moderator', id });
