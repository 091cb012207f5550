import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot } from '#libs/platform';
import { type DeployCheck, ToolMissing } from './checks/check.js';
import { composeCheck } from './checks/compose.js';
import { environmentCheck } from './checks/environment.js';
import { imagesCheck } from './checks/images.js';
import { kubernetesCheck } from './checks/kubernetes.js';
import { metricsCheck, promqlCheck } from './checks/metrics.js';

const checks: DeployCheck[] = [
  imagesCheck,
  composeCheck,
  kubernetesCheck,
  environmentCheck,
  metricsCheck,
  promqlCheck,
];

/**
 * npm run check:deploy: images, compose file, manifests and dashboard, each by the real program that reads it, fetched
 * into .data/tools on first use. What a machine lacks is skipped, loudly; with REQUIRE_DEPLOY=1 a skip is a failure.
 */
export const main = async (): Promise<number> => {
  const tally = await newTally();
  tally.printAtExit();
  const isRequired = process.env['REQUIRE_DEPLOY'] === '1';
  for (const check of checks) tally.add(await carryOut(check, isRequired));
  return tally.failed === 0 ? 0 : 1;
};

interface Counts {
  passed: number;
  failed: number;
}

const carryOut = async ({ name, run }: DeployCheck, isRequired: boolean): Promise<Counts> => {
  const startedAt = performance.now();
  const report = (result: string): void =>
    console.log(`${result} ${name} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`);
  try {
    const problems = await run();
    report(problems.length === 0 ? 'ok    ' : 'FAILED');
    for (const problem of problems) console.log(`  ${problem}`);
    return { passed: Number(problems.length === 0), failed: Number(problems.length > 0) };
  } catch (error) {
    if (!(error instanceof ToolMissing)) throw error;
    report(isRequired ? 'FAILED' : 'SKIPPED');
    console.log(`  ${error.message}`);
    return { passed: 0, failed: Number(isRequired) };
  }
};

interface Tally extends Counts {
  add(counts: Counts): void;
  printAtExit(): void;
}

/** Plain JavaScript, which is not compiled to dist: found from the root. */
const newTally = async (): Promise<Tally> => {
  const file = path.join(projectRoot, 'scripts', 'tally.mjs');
  const { Tally } = (await import(pathToFileURL(file).href)) as { Tally: new () => Tally };
  return new Tally();
};
