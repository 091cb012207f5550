import { mkdir, rm } from 'node:fs/promises';
import pc from 'picocolors';
import { ConfigError } from '#libs/platform';
import { SingleInstance } from './instance/single-instance.js';
import { ProcessFailed } from './processes/supervised-process.js';
import type { Progress } from './progress.js';
import { runningFile, writeRunning } from './running-file.js';
import { shown, type StartSettings } from './settings.js';
import { StartError } from './start-error.js';
import { type RunningSystem, System } from './system.js';

/** npm passes Ctrl-C on to us although the terminal has sent it already: the echo is not a second one. */
const echoMs = 1_000;

/**
 * Starts the whole system, does `work` on it, and stops it again: when the work is done or fails, at SIGINT, SIGTERM or
 * SIGHUP, and when it cannot be started.
 * @returns the exit code
 */
export const runSystem = async (
  settings: StartSettings,
  progress: Progress,
  work: (running: RunningSystem, stopRequest: Promise<void>) => Promise<void>,
): Promise<number> => {
  try {
    // As root, Postgres runs under an account of its own, which must get through to its folder inside.
    await mkdir(settings.dataDir, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
    const instance = await SingleInstance.take(settings.dataDir);
    try {
      return await run(settings, progress, work);
    } finally {
      await instance.release();
    }
  } catch (error) {
    explain(error);
    return 1;
  }
};

const run: typeof runSystem = async (settings, progress, work) => {
  const system = new System(settings, progress);
  const stopRequest = onStopRequest(() => system.kill());
  const files = [runningFile(settings.dataDir), ...(settings.jsonFile ? [settings.jsonFile] : [])];
  const removeFiles = (): Promise<unknown> => Promise.all(files.map((file) => rm(file, { force: true })));
  // Whoever waits for the file must not meet that of an earlier start, which was killed.
  await removeFiles();
  const starting = system.start();
  let exitCode = 0;
  try {
    const running = await Promise.race([starting, stopRequest]);
    if (running) {
      for (const file of files) await writeRunning(file, running);
      await Promise.race([work(running, stopRequest), stopRequest]);
    }
    progress.step('Stopping');
  } catch (error) {
    explain(error, system);
    exitCode = 1;
  }
  await removeFiles();
  await system.stop();
  await Promise.allSettled([starting]);
  return exitCode;
};

/** Resolves at the first signal to stop; a second one, a while later, means: at once. */
const onStopRequest = (insist: () => void): Promise<void> =>
  new Promise((resolve) => {
    let firstAt: number | undefined;
    const onSignal = (): void => {
      firstAt ??= performance.now();
      resolve();
      if (performance.now() - firstAt > echoMs) insist();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  });

const explain = (error: unknown, system?: System): void => {
  const isExpected =
    error instanceof StartError || error instanceof ConfigError || error instanceof ProcessFailed;
  console.error(isExpected ? `${pc.red('Sluice cannot be started.')} ${error.message}` : error);
  if (error instanceof ProcessFailed && system) {
    console.error(`What it said is in ${shown(system.logFileOf(error.process))}.`);
  }
};
