import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import pg from 'pg';
import { startPostgres } from './postgres-server.mjs';

const compiled = new URL('../../dist/libs/database/src/index.js', import.meta.url);

/** What the apps connect with: as in production no owner, and no superuser. */
const appUrlOf = (url) => Object.assign(new URL(url), { username: 'sluice_test_app', password: 'no-secret' });

/**
 * One Postgres for all suites: DATABASE_URL's where it is set, else an embedded one; and in it a migrated template
 * from which every suite copies its own database.
 */
export default async function setUp() {
  if (!existsSync(compiled)) throw new Error('Build first: the migrations run from dist (npm run build).');
  const server = process.env.DATABASE_URL
    ? { url: process.env.DATABASE_URL, stop: async () => undefined }
    : await startPostgres();
  const template = `sluice_template_${randomBytes(4).toString('hex')}`;
  const administrator = new pg.Client(server.url);
  await administrator.connect();
  await administrator.query(`CREATE DATABASE ${template}`);

  const { connectDatabase, ensureAppLogin, migrate } = await import(compiled);
  const url = new URL(server.url);
  url.pathname = `/${template}`;
  const dataSource = await connectDatabase({ url: url.href, poolSize: 2 });
  await migrate(dataSource);
  await ensureAppLogin(dataSource, appUrlOf(url).href);
  await dataSource.destroy();

  process.env.SLUICE_TEST_POSTGRES = server.url;
  process.env.SLUICE_TEST_POSTGRES_APP = appUrlOf(new URL(server.url)).href;
  process.env.SLUICE_TEST_TEMPLATE = template;
  globalThis.sluiceTestPostgres = async () => {
    await administrator.query(`DROP DATABASE ${template} WITH (FORCE)`);
    await administrator.end();
    await server.stop();
  };
}
