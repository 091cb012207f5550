import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  appRole,
  connectDatabase,
  type DataSource,
  ensureAppLogin,
  grantAppRole,
  migrate,
  recordAudit,
} from '#libs/database';
import pg from 'pg';
import { createAppDatabase } from '../app-database.js';
import { createTestDatabase, type TestDatabase } from '../database.js';

const insufficientPrivilege = '42501';

let database: TestDatabase;
let apps: DataSource;
beforeAll(async () => {
  database = await createAppDatabase();
  apps = await connectDatabase({ url: database.appUrl, poolSize: 2 });
  await database.dataSource.transaction((transaction) =>
    recordAudit(transaction, { kind: 'system' }, { act: 'test.done', subject: { kind: 'test', id: '1' } }),
  );
});
afterAll(async () => {
  await apps.destroy();
  await database.drop();
});

const codeOf = async (sql: string, source: DataSource = apps): Promise<string | undefined> => {
  try {
    await source.query(sql);
    return undefined;
  } catch (error) {
    return (error as { code?: string }).code;
  }
};

describe('The role of the apps', () => {
  const appendOnly = ['audit_entry', 'audit_seal', 'verdict'];

  it.each([...appendOnly, 'decision', 'policy_version', 'applied_migration'])(
    'cannot change, delete or empty %s, nor take away what guards it',
    async (table) => {
      const [column]: { name: string }[] = await database.dataSource.query(
        `SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum = 1`,
        [table],
      );
      for (const sql of [
        `UPDATE ${table} SET ${column!.name} = ${column!.name}`,
        `DELETE FROM ${table}`,
        `TRUNCATE ${table} CASCADE`,
        `ALTER TABLE ${table} DISABLE TRIGGER ALL`,
        `DROP TABLE ${table} CASCADE`,
        `CREATE TRIGGER mine BEFORE INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION refuse_change()`,
        `ALTER TABLE ${table} OWNER TO ${appRole}`,
      ])
        expect([sql, await codeOf(sql)]).toEqual([sql, insufficientPrivilege]);
    },
  );

  it('cannot become somebody who may', async () => {
    const [{ owner }]: [{ owner: string }] = await database.dataSource.query('SELECT current_user AS owner');
    for (const sql of [
      `SET ROLE ${pg.escapeIdentifier(owner)}`,
      `SET session_replication_role = replica`,
      `CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'`,
      `CREATE TABLE public.mine (id integer)`,
      `GRANT ${pg.escapeIdentifier(owner)} TO current_user`,
      `ALTER ROLE ${appRole} SUPERUSER`,
    ])
      expect([sql, await codeOf(sql)]).toEqual([sql, insufficientPrivilege]);
    // What it got by connecting with less is all that there is to go back to.
    await apps.query('RESET ROLE');
    expect(await codeOf('DELETE FROM audit_entry')).toBe(insufficientPrivilege);
  });

  it('may do with every other table what the apps do', async () => {
    const tables: { name: string; missing: string[] }[] = await database.dataSource.query(
      `SELECT pg_class.oid::regclass::text AS name,
              array(SELECT privilege FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS privilege
                    WHERE NOT has_table_privilege($1, pg_class.oid, privilege)) AS missing
       FROM pg_class WHERE relnamespace IN ('public'::regnamespace, 'pgboss'::regnamespace) AND relkind IN ('r', 'p')`,
      [appRole],
    );
    const missing = Object.fromEntries(tables.map((table) => [table.name, table.missing.join(' ')]));
    expect(missing).toMatchObject({
      content: '',
      moderation_case: '',
      session: '',
      audit_sealing: '',
      'pgboss.job': '',
      'pgboss.queue': '',
      audit_entry: 'UPDATE DELETE',
      audit_seal: 'UPDATE DELETE',
      verdict: 'UPDATE DELETE',
      decision: 'UPDATE DELETE',
      policy_version: 'UPDATE DELETE',
      known_content: 'DELETE',
      applied_migration: 'INSERT UPDATE DELETE',
    });
  });

  it('writes audit entries', async () => {
    await apps.transaction((transaction) =>
      recordAudit(
        transaction,
        { kind: 'system' },
        { act: 'test.done', subject: { kind: 'test', id: randomUUID() } },
      ),
    );
  });

  it('gets its rights on tables that a later migration makes, and only those that their triggers leave', async () => {
    await database.dataSource.query('CREATE TABLE later (id integer); CREATE TABLE later_log (id integer)');
    await database.dataSource.query(`
      CREATE TRIGGER later_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON later_log
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`);
    expect(await codeOf('SELECT FROM later')).toBe(insufficientPrivilege);
    await migrate(database.dataSource);
    expect(await codeOf('DELETE FROM later')).toBeUndefined();
    expect(await codeOf('INSERT INTO later_log VALUES (1)')).toBeUndefined();
    expect(await codeOf('DELETE FROM later_log')).toBe(insufficientPrivilege);
  });
});

describe('Where the owner may make no roles', () => {
  it('migrates all the same, and says that the role is missing', async () => {
    const owner = `sluice_test_owner_${randomUUID().slice(0, 8)}`;
    const empty = await createTestDatabase({ migrated: false });
    try {
      await empty.dataSource.query(`CREATE ROLE ${owner} LOGIN PASSWORD 'no-secret'`);
      await empty.dataSource.query(`GRANT ALL ON SCHEMA public TO ${owner}`);
      const url = Object.assign(new URL(empty.url), { username: owner, password: 'no-secret' });
      const source = await connectDatabase({ url: url.href, poolSize: 2 });
      // The role is there in this cluster; looked for under a name that is not, it is as if it were missing.
      const missing = new Proxy(source, {
        get: (target, name) =>
          name === 'query'
            ? (sql: string, parameters?: unknown[]) =>
                target.query(
                  sql.replaceAll(appRole, 'sluice_missing'),
                  parameters?.map(() => 'sluice_missing'),
                )
            : (Reflect.get(target, name) as unknown),
      });
      await migrate(source);
      expect(await grantAppRole(source)).toBe(true);
      expect(await grantAppRole(missing)).toBe(false);
      await source.destroy();
    } finally {
      await empty.dataSource.query(`DROP OWNED BY ${owner}; DROP ROLE ${owner}`);
      await empty.drop();
    }
  });
});

describe('The login of the apps', () => {
  it('is made with its password, and is a member of their role', async () => {
    const login = new URL(database.url);
    login.username = `apps_${randomUUID().slice(0, 8)}`;
    login.password = 'a first one';
    await ensureAppLogin(database.dataSource, login.href);
    login.password = 'another';
    await ensureAppLogin(database.dataSource, login.href);
    const source = await connectDatabase({ url: login.href, poolSize: 1 });
    try {
      expect(await codeOf('SELECT FROM audit_entry', source)).toBeUndefined();
      expect(await codeOf('DELETE FROM audit_entry', source)).toBe(insufficientPrivilege);
    } finally {
      await source.destroy();
      await database.dataSource.query(`DROP ROLE ${login.username}`);
    }
  });

  it('is never the owner, whose password is left as it is', async () => {
    const own = new URL(database.url);
    own.password = 'changed by mistake';
    await expect(ensureAppLogin(database.dataSource, own.href)).rejects.toThrow('a login of their own');
    const again = await connectDatabase({ url: database.url, poolSize: 1 });
    await again.destroy();
  });
});
