// npm run check: all checks, also those after one that failed, so that one run tells everything.
import { spawnSync } from 'node:child_process';
import { ensureInstall } from './ensure-install.mjs';
import { Tally } from './tally.mjs';

const checks = [
  'check:format',
  'check:lint',
  'check:types',
  'check:deps',
  'check:migrations',
  'check:lockfile',
];

await ensureInstall();
const tally = new Tally();
tally.printAtExit();
for (const check of checks) {
  const startedAt = Date.now();
  const { status } = spawnSync('npm', ['run', '--silent', check], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  const passed = status === 0;
  tally.add({ passed: Number(passed), failed: Number(!passed) });
  console.log(`${passed ? 'ok    ' : 'FAILED'} ${check} (${((Date.now() - startedAt) / 1000).toFixed(1)} s)`);
}
process.exitCode = tally.failed === 0 ? 0 : 1;
