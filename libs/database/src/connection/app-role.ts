import pg from 'pg';
import type { DataSource, EntityManager } from 'typeorm';

/**
 * What the apps may do in the database, as a role without a login: whoever is a member of it (and owns nothing) can
 * neither change nor delete what is append-only, nor take the triggers away that refuse it.
 */
export const appRole = 'sluice_app';

/** Columns that may change in a table that otherwise does not. */
const changeableColumns: Record<string, string[]> = {
  // to nothing, and only that: a trigger sees to it (see docs/audit.md, erasure)
  decision: ['note'],
};
/** The migrations' own book is not the apps' to write in. */
const readOnlyTables = ['applied_migration'];

/**
 * Gives the apps' role what it may do on every table that there is now; makes the role where it is missing. Call it as
 * the tables' owner, after anything that makes tables.
 *
 * What is append-only is read from the triggers: no DELETE where one refuses it for every row, and no UPDATE likewise.
 *
 * @returns false where there is no such role and this user may not make one: then nothing was done
 */
export const grantAppRole = async (dataSource: DataSource): Promise<boolean> => {
  if (!(await ensureRole(dataSource))) return false;
  await dataSource.transaction(async (transaction) => {
    await transaction.query(`GRANT USAGE ON SCHEMA public TO ${appRole}`);
    for (const table of await tablesOf(transaction)) {
      // In one transaction: running apps never see the moment between the two.
      await transaction.query(`REVOKE ALL ON ${table.name} FROM ${appRole}`);
      await transaction.query(`GRANT ${privilegesOn(table)} ON ${table.name} TO ${appRole}`);
    }
    await transaction.query(`GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO ${appRole}`);
    await grantBus(transaction);
  });
  return true;
};

/**
 * Makes the login of a URL, or gives it that password, and makes it a member of the apps' role and of nothing else.
 * @throws Error for a login that is, or may become, who calls this: then nothing would be guarded from the apps; the
 *   database's error where this user may not: SQLSTATE 42501
 */
export const ensureAppLogin = async (dataSource: DataSource, appUrl: string): Promise<void> => {
  const { username, password } = new URL(appUrl);
  const login = pg.escapeIdentifier(decodeURIComponent(username));
  const secret = pg.escapeLiteral(decodeURIComponent(password));
  const [found]: ({ isOwner: boolean } | undefined)[] = await dataSource.query(
    `SELECT pg_has_role(rolname, current_user, 'MEMBER') AS "isOwner" FROM pg_roles WHERE rolname = $1`,
    [decodeURIComponent(username)],
  );
  if (found?.isOwner)
    throw new Error(
      `The apps cannot be ${login}, who owns their tables or may become the owner: name a login of their own.`,
    );
  await dataSource.query(`${found ? 'ALTER' : 'CREATE'} ROLE ${login} LOGIN PASSWORD ${secret}`);
  await dataSource.query(`GRANT ${appRole} TO ${login}`);
};

/** SQLSTATEs of a role that somebody else made at the same moment: duplicate_object, unique_violation. */
const alreadyThere = ['42710', '23505'];
const insufficientPrivilege = '42501';

const ensureRole = async (dataSource: DataSource): Promise<boolean> => {
  const found: unknown[] = await dataSource.query('SELECT FROM pg_roles WHERE rolname = $1', [appRole]);
  if (found.length > 0) return true;
  try {
    await dataSource.query(`CREATE ROLE ${appRole} NOLOGIN`);
    return true;
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === insufficientPrivilege) return false;
    if (code !== undefined && alreadyThere.includes(code)) return true;
    throw error;
  }
};

interface Table {
  /** quoted where it must be */
  name: string;
  refusesUpdate: boolean;
  refusesDelete: boolean;
}

/** Bits of pg_trigger.tgtype: 1 for each row, 8 DELETE, 16 UPDATE. */
const tablesOf = (transaction: EntityManager): Promise<Table[]> =>
  transaction.query(
    `SELECT pg_class.oid::regclass::text AS name,
            coalesce(bool_or(tgtype & 16 <> 0), false) AS "refusesUpdate",
            coalesce(bool_or(tgtype & 8 <> 0), false) AS "refusesDelete"
     FROM pg_class
     LEFT JOIN pg_trigger ON tgrelid = pg_class.oid AND tgfoid = 'refuse_change'::regproc AND tgtype & 1 = 0
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
     GROUP BY pg_class.oid ORDER BY 1`,
  );

const privilegesOn = ({ name, refusesUpdate, refusesDelete }: Table): string => {
  if (readOnlyTables.includes(name)) return 'SELECT';
  const columns = changeableColumns[name];
  const update = columns ? [`UPDATE (${columns.join(', ')})`] : refusesUpdate ? [] : ['UPDATE'];
  return ['SELECT', 'INSERT', ...update, ...(refusesDelete ? [] : ['DELETE'])].join(', ');
};

/** The queues' schema, where the bus is on Postgres: pg-boss makes it, and needs no more than rows once it stands. */
const grantBus = async (transaction: EntityManager): Promise<void> => {
  const [{ stands }]: [{ stands: boolean }] = await transaction.query(
    `SELECT to_regnamespace('pgboss') IS NOT NULL AS stands`,
  );
  if (!stands) return;
  await transaction.query(`GRANT USAGE ON SCHEMA pgboss TO ${appRole}`);
  await transaction.query(
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA pgboss TO ${appRole}`,
  );
};
