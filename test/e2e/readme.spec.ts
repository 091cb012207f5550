import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { projectRoot } from '#libs/platform';
import type { Running } from '../../scripts/start/running-file.js';
import { Installation, startLimitMs } from './installation.js';

jest.setTimeout(startLimitMs);

const readme = readFileSync(path.join(projectRoot, 'README.md'), 'utf8');
const session = readme.slice(readme.indexOf('## A session with curl')).split('\n## ')[0]!;
const commands = [...session.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block]) => block!);

let installation: Installation;
let running: Running;

beforeAll(async () => {
  installation = await Installation.create();
  running = await installation.start();
}, startLimitMs);
afterAll(() => installation.remove(), startLimitMs);

/** The session as it stands in the README, but for the addresses and the folder, which are this installation's. */
const asTyped = (): string =>
  ['set -e', ...commands]
    .join('\n')
    .replaceAll('http://127.0.0.1:8080', running.gateway)
    .replaceAll('http://127.0.0.1:8082', running.review)
    .replaceAll('.data/running.json', path.join(installation.dataDir, 'running.json'));

describe('The session in the README', () => {
  it('leads one picture through all three tiers, and to the known ones', async () => {
    const shell = spawn('bash', ['-c', asTyped()], { cwd: projectRoot, stdio: ['ignore', 'pipe', 'pipe'] });
    const [output, complaints] = await Promise.all([
      text(shell.stdout),
      text(shell.stderr),
      once(shell, 'close'),
    ]);
    expect({ exitCode: shell.exitCode, complaints }).toEqual({ exitCode: 0, complaints: '' });
    const tiers = [...output.matchAll(/["']?tier["']?: ?["'](\w+)["']/g)].map(([, tier]) => tier);
    // the harmless one, with its model; the doubtful one; the decision; the same bytes; the copy
    expect(tiers).toEqual(['fast', 'fast', 'fast', 'human', 'known', 'known']);
    expect(output).toContain("[ 'deep', 'review', 'nsfw-inception-v3'");
  });
});
