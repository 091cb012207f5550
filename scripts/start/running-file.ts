import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { writeFileAtomically } from './instance/write-file-atomically.js';
import type { RunningSystem } from './system.js';

/** What programs need to talk to a system that runs: addresses and credentials. Only its owner can read the file. */
const runningSchema = z.object({
  gateway: z.url(),
  worker: z.url(),
  review: z.url(),
  apiKey: z.string(),
  logins: z.array(z.object({ email: z.string(), password: z.string(), role: z.string() })).min(1),
});
export type Running = z.infer<typeof runningSchema>;

/** There while the system runs. */
export const runningFile = (dataDir: string): string => path.join(dataDir, 'running.json');

export const runningOf = ({ urls, access }: RunningSystem): Running => ({
  ...urls,
  apiKey: access.apiKey,
  logins: access.logins,
});

export const writeRunning = (file: string, running: RunningSystem): Promise<void> =>
  writeFileAtomically(file, JSON.stringify(runningOf(running), null, 2));

/** The system that runs on this folder and answers; undefined where none does. */
export const findRunning = async (dataDir: string): Promise<Running | undefined> => {
  try {
    const running = runningSchema.parse(JSON.parse(await readFile(runningFile(dataDir), 'utf8')));
    const answer = await fetch(`${running.gateway}/v1/health/ready`);
    return answer.ok ? running : undefined;
  } catch {
    return undefined;
  }
};
