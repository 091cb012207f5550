import Table from 'cli-table3';
import { ApiKeyEntity } from '#libs/database';
import { withDatabase } from './with-database.js';

/** npm run apikey:list: every key that was ever made, the revoked ones too. */
export const main = async (): Promise<number> => {
  const keys = await withDatabase((dataSource) =>
    dataSource.getRepository(ApiKeyEntity).find({ order: { createdAt: 'ASC' } }),
  );
  const table = new Table({
    head: ['prefix', 'name', 'scopes', 'per minute', 'made', 'revoked'],
    style: { head: [], border: [] },
  });
  for (const { prefix, name, scopes, requestsPerMinute, createdAt, revokedAt } of keys) {
    table.push([
      prefix,
      name,
      scopes.join('\n'),
      requestsPerMinute ?? 'default',
      shownTime(createdAt),
      shownTime(revokedAt),
    ]);
  }
  console.log(table.toString());
  return 0;
};

const shownTime = (time: Date | null): string => time?.toISOString().slice(0, 16).replace('T', ' ') ?? '';
