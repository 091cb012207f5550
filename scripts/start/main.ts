import { mkdir, rm } from 'node:fs/promises';
import pc from 'picocolors';
import { ConfigError } from '#libs/platform';
import { announcement } from './announcement.js';
import { SingleInstance } from './instance/single-instance.js';
import { writeFileAtomically } from './instance/write-file-atomically.js';
import { ProcessFailed } from './processes/supervised-process.js';
import { Progress } from './progress.js';
import { readSettings, shown, type StartSettings } from './settings.js';
import { StartError } from './start-error.js';
import { type RunningSystem, System } from './system.js';

/** npm passes Ctrl-C on to us although the terminal has sent it already: the echo is not a second one. */
const echoMs = 1_000;

/**
 * Starts the system and runs it until SIGINT or SIGTERM.
 * @returns the exit code
 */
export const main = async (args: string[]): Promise<number> => {
  const progress = new Progress();
  try {
    const settings = readSettings(args);
    // As root, Postgres runs under an account of its own, which must get through to its folder inside.
    await mkdir(settings.dataDir, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
    const instance = await SingleInstance.take(settings.dataDir);
    try {
      return await run(settings, progress);
    } finally {
      await instance.release();
    }
  } catch (error) {
    explain(error);
    return 1;
  }
};

const run = async (settings: StartSettings, progress: Progress): Promise<number> => {
  const system = new System(settings, progress);
  const stopRequest = onStopRequest(() => system.kill());
  if (settings.jsonFile) await rm(settings.jsonFile, { force: true });
  let exitCode = 0;
  const starting = system.start();
  try {
    const running = await Promise.race([starting, stopRequest]);
    if (running) {
      if (settings.jsonFile) await writeFileAtomically(settings.jsonFile, asJson(running));
      console.log(announcement(running.urls, running.access, settings));
      await stopRequest;
    }
    progress.step('Stopping');
  } catch (error) {
    explain(error, system);
    exitCode = 1;
  }
  await system.stop();
  await Promise.allSettled([starting]);
  return exitCode;
};

const asJson = ({ urls, access }: RunningSystem): string =>
  JSON.stringify({ ...urls, apiKey: access.apiKey, logins: [access.login] }, null, 2);

/** Resolves at the first SIGINT, SIGTERM or SIGHUP; a second one, a while later, means: at once. */
const onStopRequest = (insist: () => void): Promise<undefined> =>
  new Promise((resolve) => {
    let firstAt: number | undefined;
    const onSignal = (): void => {
      firstAt ??= performance.now();
      resolve(undefined);
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
