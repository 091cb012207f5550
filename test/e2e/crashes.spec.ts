import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type GatewayClient, HttpError } from '../../scripts/client/sluice-client.js';
import { waitFor } from '../../scripts/client/wait-for.js';
import type { Running } from '../../scripts/start/running-file.js';
import { doubtfulSurface, publishDoubtfulPolicy } from './doubtful-policy.js';
import {
  gatewayOf,
  Installation,
  moderatorOf,
  type ProcessName,
  startLimitMs,
  survivors,
} from './installation.js';
import { nextPicture } from './pictures.js';

const limitMs = 60_000;
jest.setTimeout(4 * limitMs);

let installation: Installation;
let running: Running;
let gateway: GatewayClient;

beforeAll(async () => {
  installation = await Installation.create();
  running = await installation.start();
  gateway = gatewayOf(running);
  await publishDoubtfulPolicy(installation, gateway);
}, 2 * startLimitMs);
afterAll(() => installation.remove(), startLimitMs);

/** Resolves once another process has taken the place of the killed one. */
const isReplaced = (name: ProcessName, pid: number): Promise<true> =>
  waitFor(`another ${name}`, limitMs, async () => {
    const current = (await installation.processes().catch(() => undefined))?.[name];
    return current && current.pid !== pid ? true : undefined;
  });

const isReady = (url: string): Promise<true> =>
  waitFor(`${url} to be ready`, limitMs, async () => {
    const answer = await fetch(`${url}/v1/health/ready`).catch(() => undefined);
    return answer?.ok ? true : undefined;
  });

/** What a caller does on 503 or a cut connection: it tries again. */
const moderateInTheEnd = (bytes: Buffer): ReturnType<GatewayClient['moderate']> =>
  waitFor('an answer', limitMs, () =>
    gateway.moderate({ bytes, surface: doubtfulSurface }).catch((error: unknown) => {
      const mayPass = !(error instanceof HttpError) || error.status === 503;
      if (mayPass) return undefined;
      throw error;
    }),
  );

describe('A worker that is killed in the middle of its work', () => {
  it('is started again, and loses nothing that was accepted', async () => {
    const pictures = await Promise.all(Array.from({ length: 24 }, () => nextPicture()));
    const answers = await Promise.all(
      pictures.map((bytes) => gateway.moderate({ bytes, surface: doubtfulSurface })),
    );
    const { pid } = await installation.kill('worker');
    const records = await Promise.all(
      answers.map(({ id }) =>
        waitFor(`the deep verdict on ${id}`, limitMs, async () => {
          const record = await gateway.content(id);
          return record?.tier === 'deep' ? record : undefined;
        }),
      ),
    );
    expect(records.map(({ history }) => history.map(({ tier }) => tier))).toEqual(
      answers.map(() => ['fast', 'deep']),
    );
    await isReplaced('worker', pid);
    expect(installation.output).toContain('worker was ended by SIGKILL; starting it again');
  });
});

describe('A gateway that is killed', () => {
  it('comes back on the same port, and still knows what people decided', async () => {
    const bytes = await nextPicture();
    const { id } = await gateway.moderate({ bytes, surface: doubtfulSurface });
    const moderator = await moderatorOf(running);
    const claimed = await waitFor('its case', limitMs, async () => {
      const each = await moderator.claim();
      if (each?.case.content.id === id) return each;
      if (each) await moderator.decide(each, { verdict: 'allow', reason: 'not_a_violation' });
      return undefined;
    });
    await moderator.decide(claimed, { verdict: 'block', reason: 'spam' });

    const { pid } = await installation.kill('gateway');
    await isReplaced('gateway', pid);
    await isReady(running.gateway);
    expect(await moderateInTheEnd(bytes)).toMatchObject({ verdict: 'block', tier: 'known' });
  });
});

describe('A review app that is killed', () => {
  it('comes back, with its sessions', async () => {
    const moderator = await moderatorOf(running);
    const { pid } = await installation.kill('review');
    await isReplaced('review', pid);
    await isReady(running.review);
    await expect(moderator.claim('no-such-queue')).resolves.toBeUndefined();
  });
});

describe('A database that is killed', () => {
  it('is started again, and all three apps find it', async () => {
    const { pid } = await installation.kill('postgres');
    await isReplaced('postgres', pid);
    for (const url of [running.gateway, running.worker, running.review]) await isReady(url);
    const { id } = await moderateInTheEnd(await nextPicture());
    const record = await waitFor('the deep tier', limitMs, async () => {
      const current = await gateway.content(id);
      return current?.tier === 'deep' ? current : undefined;
    });
    expect(record.verdict).toBe('review');
  });
});

describe('A supervisor that is killed', () => {
  it('takes every process with it, and the next start finds everything', async () => {
    const { id } = await moderateInTheEnd(await nextPicture());
    const before = await installation.processes();
    await installation.stop('SIGKILL');
    await waitFor('every process to end', limitMs, async () =>
      (await survivors(before)).length === 0 ? true : undefined,
    );
    running = await installation.start();
    gateway = gatewayOf(running);
    // Its events may still have waited in the queue.
    await expect(waitFor('the earlier upload', limitMs, () => gateway.content(id))).resolves.toMatchObject({
      id,
    });
  });
});
