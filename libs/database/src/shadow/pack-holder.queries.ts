import type { DataSource } from 'typeorm';

/** How often a worker says which packs it has. */
export const holderHeartbeatSeconds = 30;
/** After three beats that did not come, a worker is gone. */
const liveSeconds = 3 * holderHeartbeatSeconds;

export interface HeldPack {
  pack: string;
  version: string;
}

/** What this worker has open, instead of what it said before. Forgets workers that are long gone. pack_holder_pkey. */
export const announceHeldPacks = (
  dataSource: DataSource,
  workerId: string,
  held: HeldPack[],
): Promise<void> =>
  dataSource.transaction(async (transaction) => {
    await transaction.query(
      `DELETE FROM pack_holder
       WHERE worker_id = $1 AND pack <> ALL ($2::text[]) OR seen_at < now() - interval '1 day'`,
      [workerId, held.map(({ pack }) => pack)],
    );
    await transaction.query(
      `INSERT INTO pack_holder (worker_id, pack, version)
       SELECT $1, pack, version FROM unnest($2::text[], $3::text[]) AS held (pack, version)
       ON CONFLICT (worker_id, pack) DO UPDATE SET version = excluded.version, seen_at = now()`,
      [workerId, held.map(({ pack }) => pack), held.map(({ version }) => version)],
    );
  });

/** A worker that stops is none that lacks a pack. */
export const withdrawHeldPacks = async (dataSource: DataSource, workerId: string): Promise<void> => {
  await dataSource.query('DELETE FROM pack_holder WHERE worker_id = $1', [workerId]);
};

/** How many of the workers that live have this pack in this version. */
export const holdersOf = async (
  dataSource: DataSource,
  { pack, version }: HeldPack,
): Promise<{ holders: number; workers: number }> => {
  const [counted]: [{ holders: number; workers: number }] = await dataSource.query(
    `SELECT count(DISTINCT worker_id) FILTER (WHERE pack = $1 AND version = $2)::integer AS holders,
            count(DISTINCT worker_id)::integer AS workers
     FROM pack_holder WHERE seen_at > now() - make_interval(secs => $3)`,
    [pack, version, liveSeconds],
  );
  return counted;
};
