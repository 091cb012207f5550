import { Injectable } from '@nestjs/common';
import { DataSource, type ModeratorRole } from '#libs/database';

/** Reads and writes queues. */
@Injectable()
export class QueuesRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Names of the queues that ask for one of these roles, in their order; a handful of rows. */
  async openTo(roles: ModeratorRole[]): Promise<string[]> {
    const rows: { name: string }[] = await this.dataSource.query(
      'SELECT name FROM queue WHERE minimum_role = ANY($1) ORDER BY position, name',
      [roles],
    );
    return rows.map(({ name }) => name);
  }
}
