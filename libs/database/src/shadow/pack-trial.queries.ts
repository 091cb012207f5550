import { nextTrialState, ok, type PackTrial, type Result, type TrialEvent } from '#libs/domain';
import type { DataSource, EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { recordAudit } from '../audit/record-audit.js';

/** A trial as it is stored. */
export interface StoredTrial extends PackTrial {
  id: string;
  startedBy: string;
  startedAt: Date;
  endedAt: Date | null;
}

/** Who does it, and why: both are in the audit. */
export interface TrialReason {
  by: string;
  why: string;
}

/**
 * `on_trial`: it runs beside another already. `promoted`: this version judges already. `replaced`: another judges in its
 * place. `against_unused`: what it should be compared with judges nothing itself.
 */
export type TrialRefusal = 'on_trial' | 'promoted' | 'replaced' | 'against_unused';
/** `no_trial`: the pack's last trial, if any, is in no state for this. `taken`: another pack took the place already. */
export type TrialStepRefusal = 'no_trial' | 'taken';

/** Any number that nobody else locks: "trials" on a telephone keypad. */
const trialLock = 874257;

const columns = `id, pack, version, against, share, state, started_by AS "startedBy", started_at AS "startedAt",
  ended_at AS "endedAt"`;

/** The last trial of each pack. pack_trial_pack_idx; they are few. */
export const lastTrials = (database: DataSource | EntityManager): Promise<StoredTrial[]> =>
  database.query(
    `SELECT DISTINCT ON (pack) ${columns} FROM pack_trial ORDER BY pack, started_at DESC, id DESC`,
  );

/** Puts a pack on trial beside another. Workers that have it follow within a second or two. */
export const startTrial = (
  dataSource: DataSource,
  { pack, version, against, share }: Omit<PackTrial, 'state'>,
  reason: TrialReason,
): Promise<Result<StoredTrial, { code: TrialRefusal }>> =>
  inTurn(dataSource, async (transaction) => {
    const trials = await lastTrials(transaction);
    // What the pack itself replaced, in another version, comes back with its trial.
    const isReplaced = (name: string): boolean =>
      trials.some((trial) => trial.state === 'promoted' && trial.against === name && trial.pack !== pack);
    const last = (name: string) => trials.find((trial) => trial.pack === name);
    if (last(pack)?.state === 'running') return { ok: false, code: 'on_trial' };
    if (isReplaced(pack)) return { ok: false, code: 'replaced' };
    if (last(pack)?.state === 'promoted' && last(pack)?.version === version)
      return { ok: false, code: 'promoted' };
    const other = last(against);
    if (isReplaced(against) || (other && other.state !== 'promoted'))
      return { ok: false, code: 'against_unused' };
    // Of another version that was promoted: that is not there any more.
    await transaction.query(
      `UPDATE pack_trial SET state = 'rolled_back' WHERE pack = $1 AND state = 'promoted'`,
      [pack],
    );
    const [stored]: [StoredTrial] = await transaction.query(
      `INSERT INTO pack_trial (id, pack, version, against, share, started_by) VALUES ($1, $2, $3, $4, $5, $6)
       RETURNING ${columns}`,
      [uuidv7(), pack, version, against, share, reason.by],
    );
    await audit(transaction, 'started', stored, reason);
    return ok(stored);
  });

/** Ends, promotes or takes back the last trial of a pack. */
export const stepTrial = (
  dataSource: DataSource,
  pack: string,
  event: TrialEvent,
  reason: TrialReason,
): Promise<Result<StoredTrial, { code: TrialStepRefusal }>> =>
  inTurn(dataSource, async (transaction) => {
    const trials = await lastTrials(transaction);
    const trial = trials.find((each) => each.pack === pack);
    const next = trial && nextTrialState(trial.state, event);
    if (!trial || !next) return { ok: false, code: 'no_trial' };
    const isTaken = trials.some(({ state, against }) => state === 'promoted' && against === trial.against);
    if (event === 'promote' && isTaken) return { ok: false, code: 'taken' };
    await transaction.query(
      `UPDATE pack_trial SET state = $2, ended_at = coalesce(ended_at, clock_timestamp()) WHERE id = $1`,
      [trial.id, next],
    );
    await audit(transaction, next, trial, reason);
    const after = await lastTrials(transaction);
    return ok(after.find(({ id }) => id === trial.id)!);
  });

/** One step at a time: who is compared with whom depends on all of them. */
const inTurn = <Value>(
  dataSource: DataSource,
  step: (transaction: EntityManager) => Promise<Value>,
): Promise<Value> =>
  dataSource.transaction(async (transaction) => {
    await transaction.query('SELECT pg_advisory_xact_lock($1)', [trialLock]);
    return step(transaction);
  });

const audit = (
  transaction: EntityManager,
  what: string,
  { id, pack, version, against, share }: StoredTrial,
  { by, why }: TrialReason,
): Promise<void> =>
  recordAudit(
    transaction,
    { kind: 'system' },
    {
      act: `pack_trial.${what}`,
      subject: { kind: 'pack_trial', id },
      details: { pack, version, against, share, by, why },
    },
  );
