// npm test [-- Jest's arguments], npm run test:unit|medium|kafka|s3|e2e: installs, compiles and builds the model packs
// when that is due, then runs Jest's projects.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBuild } from './ensure-build.mjs';
import { ensureInstall } from './ensure-install.mjs';
import { Tally } from './tally.mjs';
import { whatIsMissing } from './test-services.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const jest = path.join(root, 'node_modules', 'jest', 'bin', 'jest.js');
// Jest's own choice leaves one core idle, of two half the machine; these tests often wait.
const workers = Math.max(2, availableParallelism() - 1);
const allProjects = ['unit', 'medium', 'kafka', 's3', 'e2e'];

const chosen = process.argv.slice(2).filter((each) => allProjects.includes(each));
const jestArgs = process.argv.slice(2).filter((each) => !allProjects.includes(each));

const tally = new Tally();
const skips = [];
// Before the sum, so that nobody takes it for all of it.
process.once('exit', () => skips.forEach((line) => console.log(line)));
tally.printAtExit();
try {
  await ensureInstall();
  await ensureBuild();
  run('npm', ['run', '--silent', 'models:build']);
  for (const projects of runs(chosen.length > 0 ? chosen : allProjects)) {
    if (await canRun(projects)) tally.add(runJest(projects));
  }
  if (tally.passed + tally.failed === 0 && skips.length === 0) throw new Error('No test was found');
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  tally.add({ passed: 0, failed: 1 });
}
process.exitCode = tally.failed === 0 ? 0 : 1;

/**
 * The small ones together; each server's suites by themselves, so that their servers run only then. The whole system
 * wants the machine to itself: its tests come last, one after the other.
 */
function runs(projects) {
  const small = projects.filter((each) => each === 'unit' || each === 'medium');
  const large = projects.filter((each) => !small.includes(each));
  return [small, ...large.map((each) => [each])].filter((each) => each.length > 0);
}

/** Suites whose server cannot be had here are not run, which is a failure where it is required. */
async function canRun([project]) {
  const reason = await whatIsMissing(project, (line) => console.log(line));
  if (reason === undefined) return true;
  const isRequired = process.env[`REQUIRE_${project.toUpperCase()}`] === '1';
  const line = `${isRequired ? 'FAILED' : 'SKIPPED'}: the ${project} suites, because ${reason}`;
  console.error(line);
  skips.push(line);
  if (isRequired) tally.add({ passed: 0, failed: 1 });
  return false;
}

function runJest(projects) {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-jest-'));
  const report = path.join(folder, 'report.json');
  const args = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', jest];
  args.push('--selectProjects', ...projects, '--json', '--outputFile', report, ...jestArgs);
  if (projects.includes('unit') || projects.includes('medium')) args.push('--maxWorkers', String(workers));
  else args.push('--runInBand');
  // A name given to choose tests by need not be in every project.
  if (jestArgs.length > 0) args.push('--passWithNoTests');
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
