// npm run check:migrations: runs every migration on an empty Postgres, then compares the schema with the entities.
import { ensureBuild } from './ensure-build.mjs';

await ensureBuild();
const { connectDatabase, migrate, schemaDrift } = await import('#libs/database');
const { startTemporaryPostgres } = await import('../dist/scripts/start/postgres/temporary-postgres.js');

const postgres = await startTemporaryPostgres();
try {
  process.exitCode = (await isInStep(postgres.url)) ? 0 : 1;
} finally {
  await postgres.stop();
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
