// npm run check:migrations: runs every migration on an empty Postgres, then compares the schema with the entities.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureBuild } from './ensure-build.mjs';

await ensureBuild();
const { connectDatabase, migrate, schemaDrift } = await import('#libs/database');
const { EmbeddedPostgres } = await import('../dist/scripts/start/postgres/embedded-postgres.js');
const { SupervisedProcess } = await import('../dist/scripts/start/processes/supervised-process.js');

const silent = { started() {}, ended() {}, crashed() {}, recovered() {} };
const folder = mkdtempSync(path.join(tmpdir(), 'sluice-migrations-'));
chmodSync(folder, 0o711); // as root, Postgres runs under another account
try {
  const postgres = await EmbeddedPostgres.prepare(folder);
  const server = new SupervisedProcess(postgres, silent);
  await server.start();
  try {
    process.exitCode = (await isInStep(postgres.url)) ? 0 : 1;
  } finally {
    await server.stop();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function isInStep(url) {
  const dataSource = await connectDatabase({ url, poolSize: 2, applicationName: 'sluice-check' });
  try {
    const applied = await migrate(dataSource);
    if (applied.length === 0) {
      console.error('No migration was found');
      return false;
    }
    const drift = await schemaDrift(dataSource);
    if (drift.length === 0) {
      console.log(`${applied.length} migrations, and the schema is what the entities say`);
      return true;
    }
    console.error(
      `The entities differ from what the migrations make. A new migration is missing:\n${drift.join(';\n')}`,
    );
    return false;
  } finally {
    await dataSource.destroy();
  }
}
