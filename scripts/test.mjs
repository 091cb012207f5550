// npm test [-- Jest's arguments], npm run test:unit|test:medium|test:e2e: installs, compiles and builds the model packs
// when that is due, then runs Jest's projects.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBuild } from './ensure-build.mjs';
import { ensureInstall } from './ensure-install.mjs';
import { Tally } from './tally.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const jest = path.join(root, 'node_modules', 'jest', 'bin', 'jest.js');
const allProjects = ['unit', 'medium', 'e2e'];

const chosen = process.argv.slice(2).filter((each) => allProjects.includes(each));
const jestArgs = process.argv.slice(2).filter((each) => !allProjects.includes(each));

const tally = new Tally();
tally.printAtExit();
try {
  await ensureInstall();
  await ensureBuild();
  run('npm', ['run', '--silent', 'models:build']);
  for (const projects of runs(chosen.length > 0 ? chosen : allProjects)) tally.add(runJest(projects));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  tally.add({ passed: 0, failed: 1 });
}
process.exitCode = tally.failed === 0 ? 0 : 1;

/** The whole system wants the machine to itself: its tests come last, alone, one after the other. */
function runs(projects) {
  const small = projects.filter((each) => each !== 'e2e');
  return [small, projects.includes('e2e') ? ['e2e'] : []].filter((each) => each.length > 0);
}

function runJest(projects) {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-jest-'));
  const report = path.join(folder, 'report.json');
  const args = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', jest];
  args.push('--selectProjects', ...projects, '--json', '--outputFile', report, ...jestArgs);
  if (projects.includes('e2e')) args.push('--runInBand');
  const { status } = spawnSync(process.execPath, args, {
    cwd: root,
    stdio: ['inherit', 'ignore', 'inherit'],
  });
  try {
    return countsOf(JSON.parse(readFileSync(report, 'utf8')), status);
  } catch {
    console.error(`Jest ended with ${status} and left no report`);
    return { passed: 0, failed: 1 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * A suite that fails to load has no failed test: it counts as one. So does whatever else makes Jest fail: a global
 * set-up, a coverage bound.
 */
function countsOf({ numPassedTests, numFailedTests, numRuntimeErrorTestSuites }, status) {
  const failed = numFailedTests + numRuntimeErrorTestSuites;
  return { passed: numPassedTests, failed: status !== 0 && failed === 0 ? 1 : failed };
}

function run(command, args) {
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed (exit code ${status})`);
}
