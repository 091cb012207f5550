// npm start: installs what is missing, compiles what has changed, then hands over to the supervisor.
import { ensureBuild } from './ensure-build.mjs';
import { ensureInstall } from './ensure-install.mjs';

try {
  await ensureInstall();
  await ensureBuild();
  const { main } = await import('../dist/scripts/start/main.js');
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
process.exit();
