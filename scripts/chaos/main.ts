import { setMaxListeners } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot } from '#libs/platform';
import { type ChaosOptions, readOptions, usage } from './options.js';
import { printRun, rowsOf } from './results.js';
import { type RunResult, runSeed } from './run.js';

/** What is used of scripts/tally.mjs. */
interface Tally {
  failed: number;
  add(counts: { passed: number; failed: number }): void;
  printAtExit(): void;
}

/** npm run test:chaos: real servers and apps are broken in every way while a client counts. docs/chaos.md tells how. */
export const main = async (args: string[]): Promise<number> => {
  if (args.includes('--help')) {
    console.log(usage);
    return 0;
  }
  const options = readOptions(args);
  const tally = await openTally();
  tally.printAtExit();
  const stopping = onStopRequest();
  const results: RunResult[] = [];
  for (const seed of options.seeds) {
    if (stopping.aborted) break;
    const result = await runAndShow(seed, options, stopping).catch((error: unknown) => {
      console.error(stopping.aborted ? 'stopped' : error);
      return undefined;
    });
    if (result) results.push(result);
    tally.add(countsOf(result));
  }
  if (options.jsonFile !== undefined)
    await writeFile(options.jsonFile, `${JSON.stringify(rowsOf(results, options), null, 2)}\n`);
  if (stopping.aborted) return 130;
  return tally.failed === 0 ? 0 : 1;
};

const runAndShow = async (seed: number, options: ChaosOptions, stopping: AbortSignal): Promise<RunResult> => {
  const result = await runSeed(seed, options, stopping);
  printRun(result);
  const holds = countsOf(result).failed === 0;
  if (holds && !options.keep) await rm(result.folder, { recursive: true, force: true });
  else console.log(`Logs and journals: ${result.folder}`);
  return result;
};

/** Each rule of a run is a test; a run that came to no end is one that failed. */
const countsOf = (result: RunResult | undefined): { passed: number; failed: number } => {
  if (!result) return { passed: 0, failed: 1 };
  const failed = result.checks.filter(({ broken }) => broken.length > 0).length;
  return { passed: result.checks.length - failed, failed };
};

/** Plain JavaScript, which is not compiled to dist. */
const openTally = async (): Promise<Tally> => {
  const file = path.join(projectRoot, 'scripts', 'tally.mjs');
  const { Tally } = (await import(pathToFileURL(file).href)) as { Tally: new () => Tally };
  return new Tally();
};

/** The first signal ends the run in order; servers and apps notice by themselves when this process is ended at once. */
const onStopRequest = (): AbortSignal => {
  const stopping = new AbortController();
  // Everything that waits listens to it.
  setMaxListeners(0, stopping.signal);
  let firstAt: number | undefined;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      // npm passes Ctrl-C on although the terminal has sent it already: the echo is not a second one.
      if (firstAt !== undefined && Date.now() - firstAt > 1_000) process.exit(130);
      firstAt ??= Date.now();
      stopping.abort(new Error('stopped'));
    });
  return stopping.signal;
};
