import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ServiceError } from './service-error.js';

const shownLines = 15;

/**
 * Runs a program to its end.
 * @returns what it said, stdout and stderr one after the other
 * @throws ServiceError with the end of what it said
 */
export const runTool = async (
  file: string,
  args: string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<string> => {
  try {
    const { stdout, stderr } = await promisify(execFile)(file, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      maxBuffer: 1 << 26,
    });
    return stdout + stderr;
  } catch (error) {
    const { stdout = '', stderr = '', message } = error as Error & { stdout?: string; stderr?: string };
    const said = `${stdout}${stderr}`.trim().split('\n').slice(-shownLines).join('\n');
    throw new ServiceError(`${file} ${args[0] ?? ''} failed:\n${said || message}`, { cause: error });
  }
};

/** What a program says when it is asked for its version; undefined where there is none. */
export const versionOf = async (file: string, ...args: string[]): Promise<string | undefined> => {
  try {
    return await runTool(file, args);
  } catch {
    return undefined;
  }
};
