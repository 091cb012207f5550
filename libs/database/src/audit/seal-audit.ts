import type { DataSource, EntityManager } from 'typeorm';
import { genesisHash, type SealableEntry, sealHash } from './seal-hash.js';

/** Any number that nobody else locks: "audit" on a telephone keypad. */
const sealingLock = 28348;

export type SealingRound =
  /** another process is sealing: nothing was done */
  | { kind: 'busy' }
  /** `more`: the batch was full, and others wait */
  | { kind: 'sealed'; entries: number; more: boolean };

/**
 * Gives the next entries their places in the hash chain, in a transaction of its own. Any number of processes may call
 * it: one at a time seals. Who writes entries never waits for it.
 *
 * None is skipped, however late its transaction commits: what was still running at the last look is looked at again. A
 * look costs what is new, whatever was sealed before.
 *
 * @param batch entries at most
 */
export const sealAudit = (dataSource: DataSource, batch: number): Promise<SealingRound> =>
  dataSource.transaction(async (transaction) => {
    const [{ mine }]: [{ mine: boolean }] = await transaction.query(
      'SELECT pg_try_advisory_xact_lock($1) AS mine',
      [sealingLock],
    );
    if (!mine) return { kind: 'busy' };
    const look = await lookAround(transaction);
    const late = await lateEntries(transaction, look, batch);
    const recent = await recentEntries(transaction, look, batch - late.length);
    const entries = [...late, ...recent];
    if (entries.length > 0) await appendSeals(transaction, entries);
    const isFull = entries.length === batch;
    if (entries.length > 0 || look.isForeign)
      await remember(transaction, look, isFull ? recent.at(-1) : 'all');
    return { kind: 'sealed', entries: entries.length, more: isFull };
  });

/** Numbers of transactions, in decimal: they do not fit into a JavaScript number. */
interface Look {
  cluster: string;
  /** the numbers remembered are those of another cluster: this database was restored here */
  isForeign: boolean;
  upto: string;
  pending: string[];
  /** the first that had not begun, and those that were running, at this look */
  nextUpto: string;
  running: string[];
}

type UnsealedEntry = SealableEntry & { writtenTx: string };

/**
 * Before the entries are read, and in a statement of its own: those may show more than this knows of, which is then
 * looked at twice, but never less.
 */
const lookAround = async (transaction: EntityManager): Promise<Look> => {
  const rows: Look[] = await transaction.query(
    `SELECT cluster.id AS cluster, sealing.cluster IS DISTINCT FROM cluster.id AS "isForeign",
            sealing.upto, sealing.pending,
            pg_snapshot_xmax(snapshot)::text AS "nextUpto",
            ARRAY(SELECT pg_snapshot_xip(snapshot)::text) AS running
     FROM audit_sealing AS sealing,
          (SELECT system_identifier::text AS id FROM pg_control_system()) AS cluster,
          pg_current_snapshot() AS snapshot`,
  );
  return rows[0]!;
};

const unsealed = `
  SELECT id, at, actor_kind AS "actorKind", actor_id AS "actorId", act, subject_kind AS "subjectKind",
         subject_id AS "subjectId", details, written_tx AS "writtenTx"
  FROM audit_entry AS entry
  WHERE NOT EXISTS (SELECT FROM audit_seal WHERE entry_id = entry.id)`;

/** Of transactions that were running at the last look. audit_entry_written_tx_idx, audit_seal_entry_id_key. */
const lateEntries = async (
  transaction: EntityManager,
  { pending, isForeign }: Look,
  limit: number,
): Promise<UnsealedEntry[]> =>
  isForeign || pending.length === 0
    ? []
    : transaction.query(`${unsealed} AND written_tx = ANY ($1::bigint[]) ORDER BY written_tx, id LIMIT $2`, [
        pending,
        limit,
      ]);

/**
 * Of transactions that began since. audit_entry_written_tx_idx from `upto` on; in a cluster that is new to this database
 * all entries, once.
 */
const recentEntries = async (
  transaction: EntityManager,
  { upto, nextUpto, isForeign }: Look,
  limit: number,
): Promise<UnsealedEntry[]> =>
  limit === 0
    ? []
    : transaction.query(
        isForeign
          ? `${unsealed} ORDER BY written_tx, id LIMIT $1`
          : `${unsealed} AND written_tx >= $2 AND written_tx < $3 ORDER BY written_tx, id LIMIT $1`,
        isForeign ? [limit] : [limit, upto, nextUpto],
      );

const appendSeals = async (transaction: EntityManager, entries: UnsealedEntry[]): Promise<void> => {
  const [head]: ({ sequence: string; hash: Buffer; now: Date } | undefined)[] = await transaction.query(
    `SELECT coalesce(sequence, 0) AS sequence, hash, clock_timestamp()::timestamptz(3) AS now
     FROM (SELECT) AS once LEFT JOIN (SELECT * FROM audit_seal ORDER BY sequence DESC LIMIT 1) AS head ON true`,
  );
  const { now } = head!;
  let sequence = Number(head!.sequence);
  let previous = head!.hash ?? genesisHash;
  const seals = entries.map((entry) => {
    sequence++;
    const hash = sealHash(previous, sequence, now, entry);
    const seal = {
      sequence,
      entryId: entry.id,
      previous: previous.toString('hex'),
      hash: hash.toString('hex'),
    };
    previous = hash;
    return seal;
  });
  await transaction.query(
    `INSERT INTO audit_seal (sequence, entry_id, previous_hash, hash, sealed_at)
     SELECT sequence, "entryId", decode(previous, 'hex'), decode(hash, 'hex'), $2
     FROM jsonb_to_recordset($1) AS seal (sequence bigint, "entryId" uuid, previous text, hash text)`,
    [JSON.stringify(seals), now],
  );
};

/**
 * @param last the entry that a full batch ended with: its transaction may have written more. Undefined where the batch
 *   ended among the late ones: then the next look begins where this one did
 */
const remember = async (
  transaction: EntityManager,
  { cluster, isForeign, nextUpto, running }: Look,
  last: UnsealedEntry | 'all' | undefined,
): Promise<void> => {
  // The whole pass over a restored database must end before its new numbers count.
  if (last === undefined || (isForeign && last !== 'all')) return;
  const upto = last === 'all' ? nextUpto : last.writtenTx;
  const pending = running.filter((number) => BigInt(number) < BigInt(upto));
  await transaction.query(
    'UPDATE audit_sealing SET cluster = $1, upto = $2, pending = $3::bigint[] WHERE id = 1',
    [cluster, upto, pending],
  );
};

/** How many entries have no seal yet, and the age of the oldest in seconds; of those that the sealer still looks for. */
export const unsealedAudit = async (
  dataSource: DataSource,
): Promise<{ count: number; oldestSeconds: number }> => {
  const rows: { count: number; oldestSeconds: number }[] = await dataSource.query(
    `SELECT count(*)::integer AS count,
            coalesce(greatest(extract(epoch FROM clock_timestamp() - min(at)), 0), 0)::float8 AS "oldestSeconds"
     FROM (
       SELECT entry.id, entry.at FROM audit_sealing, audit_entry AS entry
       WHERE written_tx >= upto AND written_tx < pg_snapshot_xmax(pg_current_snapshot())::text::bigint
       UNION
       SELECT entry.id, entry.at FROM audit_sealing, unnest(pending) AS late, audit_entry AS entry
       WHERE written_tx = late) AS looked_at
     WHERE NOT EXISTS (SELECT FROM audit_seal WHERE entry_id = looked_at.id)`,
  );
  return rows[0]!;
};
