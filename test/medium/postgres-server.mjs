import { startTemporaryPostgres } from '../../dist/scripts/start/postgres/temporary-postgres.js';

/**
 * A throw-away Postgres on an ephemeral port. Durability is off: nothing in it outlives the process.
 * @returns {Promise<{ url: string, stop: () => Promise<void> }>} url of its database `postgres`, as superuser
 */
export const startPostgres = async () => {
  const { superuserUrl, stop } = await startTemporaryPostgres();
  return { url: superuserUrl, stop };
};
