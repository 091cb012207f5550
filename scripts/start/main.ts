import { announcement } from './announcement.js';
import { Progress } from './progress.js';
import { runSystem } from './run-system.js';
import { readSettings } from './settings.js';

/** npm start [-- --json FILE] [--verbose]: runs the system until it is told to stop. Returns the exit code. */
export const main = (args: string[]): Promise<number> => {
  const settings = readSettings(args);
  return runSystem(settings, new Progress(), async ({ urls, access }, stopRequest) => {
    console.log(announcement(urls, access, settings));
    await stopRequest;
  });
};
