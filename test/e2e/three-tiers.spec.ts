import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ContentRecord, GatewayClient } from '../../scripts/client/sluice-client.js';
import type { ClaimedCase, ModeratorClient } from '../../scripts/client/moderator-client.js';
import { waitFor } from '../../scripts/client/wait-for.js';
import type { Running } from '../../scripts/start/running-file.js';
import { doubtfulSurface, publishDoubtfulPolicy } from './doubtful-policy.js';
import { gatewayOf, Installation, moderatorOf, startLimitMs } from './installation.js';
import { nextPicture, samplePhoto, withNearCopy } from './pictures.js';

const limitMs = 30_000;
jest.setTimeout(4 * limitMs);

let installation: Installation;
let running: Running;
let gateway: GatewayClient;
let moderator: ModeratorClient;

beforeAll(async () => {
  installation = await Installation.create();
  running = await installation.start();
  gateway = gatewayOf(running);
  moderator = await moderatorOf(running);
}, startLimitMs);
afterAll(() => installation.remove(), startLimitMs);

const recordWhen = (
  id: string,
  what: string,
  holds: (record: ContentRecord) => boolean,
): Promise<ContentRecord> =>
  waitFor(what, limitMs, async () => {
    const record = await gateway.content(id);
    return record && holds(record) ? record : undefined;
  });

describe('A photo', () => {
  it('gets its verdict from the fast model, with every field of the contract', async () => {
    const bytes = samplePhoto('photos', 'eft') ?? (await nextPicture());
    const response = await fetch(`${running.gateway}/v1/moderate?surface=default&reference=photo-1`, {
      method: 'POST',
      headers: { authorization: `Bearer ${running.apiKey}`, 'content-type': 'image/jpeg' },
      body: bytes,
    });
    expect(response.status).toBe(200);
    const answer = (await response.json()) as Record<string, unknown>;
    expect(answer).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/),
      verdict: expect.stringMatching(/^(allow|review|block)$/),
      tier: 'fast',
      surface: 'default',
      reference: 'photo-1',
      policy: { name: 'default', version: 1 },
      categories: {
        'sexual/explicit': { score: expect.any(Number), verdict: expect.any(String) },
        'sexual/suggestive': { score: expect.any(Number), verdict: expect.any(String) },
      },
      reasons: expect.any(Array),
      models: [{ name: 'nsfw-mobilenet-v2', version: expect.any(String), tier: 'fast' }],
      content: {
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        mediaType: 'image/jpeg',
        width: expect.any(Number),
        height: expect.any(Number),
        bytes: bytes.length,
      },
      cached: false,
      final: expect.any(Boolean),
      hold: expect.any(Boolean),
      timings: {
        decodeMs: expect.any(Number),
        inferenceMs: expect.any(Number),
        totalMs: expect.any(Number),
      },
    });
  });

  it('is scored once: the second time the scores come from the cache', async () => {
    const bytes = await nextPicture();
    const first = await gateway.moderate({ bytes });
    const second = await gateway.moderate({ bytes });
    expect([first.cached, second.cached]).toEqual([false, true]);
    expect(second.categories).toEqual(first.categories);
  });

  it('sent with mode=async is accepted at once and judged by the worker', async () => {
    const response = await fetch(`${running.gateway}/v1/moderate?mode=async`, {
      method: 'POST',
      headers: { authorization: `Bearer ${running.apiKey}`, 'content-type': 'image/jpeg' },
      body: await nextPicture(),
    });
    expect(response.status).toBe(202);
    const { id } = (await response.json()) as { id: string };
    const record = await recordWhen(id, 'a verdict on it', ({ verdict }) => verdict !== null);
    expect(record.history[0]).toMatchObject({ tier: 'fast', models: [{ name: 'nsfw-mobilenet-v2' }] });
  });
});

describe('Goods on the listing surface', () => {
  it('are seen by the deep tier, which the fast tier never asks about them', async () => {
    const photo = samplePhoto('goods', 'revolver');
    if (!photo) console.log('No sample photos here: a drawn picture shows the route, not the firearm');
    const bytes = photo ?? (await nextPicture());
    const answer = await gateway.moderate({ bytes, surface: 'listing' });
    expect(answer).toMatchObject({ tier: 'fast', final: false });
    const record = await recordWhen(answer.id, 'the deep tier', ({ tier }) => tier === 'deep');
    const deep = record.history.at(-1)!;
    expect(deep.models).toContainEqual(expect.objectContaining({ name: 'efficientnet-lite0', tier: 'deep' }));
    expect(deep.categories['goods/firearm']).toBeDefined();
    if (photo) expect(deep.reasons).toContainEqual(expect.objectContaining({ category: 'goods/firearm' }));
  });
});

describe('A doubtful picture', () => {
  beforeAll(() => publishDoubtfulPolicy(installation, gateway), startLimitMs);

  /** Sends it, and claims cases until it is its turn; the others are given back afterwards. */
  const claimCaseOf = async (bytes: Buffer): Promise<ClaimedCase> => {
    const { id } = await gateway.moderate({ bytes, surface: doubtfulSurface });
    const others: ClaimedCase[] = [];
    const mine = await waitFor('its case', limitMs, async () => {
      const claimed = await moderator.claim();
      if (claimed && claimed.case.content.id !== id) others.push(claimed);
      return claimed?.case.content.id === id ? claimed : undefined;
    });
    for (const other of others) await moderator.release(other);
    return mine;
  };

  it('goes from the fast model to the deep one, and waits for a person, out of view', async () => {
    const answer = await gateway.moderate({ bytes: await nextPicture(), surface: doubtfulSurface });
    expect(answer).toMatchObject({ verdict: 'review', tier: 'fast', final: false, hold: true });
    const record = await recordWhen(answer.id, 'the deep tier', ({ tier }) => tier === 'deep');
    expect(record).toMatchObject({ verdict: 'review', final: false });
    expect(record.history.map(({ tier }) => tier)).toEqual(['fast', 'deep']);
    expect(record.history[1]!.models).toContainEqual(
      expect.objectContaining({ name: 'nsfw-inception-v3', tier: 'deep' }),
    );
  });

  it('is shown to the moderator blurred first, and as it was sent on request', async () => {
    const bytes = await nextPicture();
    const claimed = await claimCaseOf(bytes);
    const blurred = await moderator.image(claimed.case.id);
    expect(blurred.length).toBeGreaterThan(0);
    expect(blurred.length).toBeLessThan(bytes.length);
    expect((await moderator.image(claimed.case.id, 'original')).equals(bytes)).toBe(true);
    await moderator.release(claimed);
  });

  it('that a person blocks is known from then on, and so is a near copy', async () => {
    const { original, nearCopy } = await withNearCopy();
    const claimed = await claimCaseOf(original);
    await moderator.decide(claimed, { verdict: 'block', reason: 'sexual_explicit', note: 'a test' });

    const record = await recordWhen(claimed.case.content.id, 'the decision', ({ final }) => final);
    expect(record).toMatchObject({ verdict: 'block', tier: 'human' });
    const again = await whenKnown(original);
    expect(again).toMatchObject({ verdict: 'block', tier: 'known', final: true });
    expect(again.reasons).toEqual([{ kind: 'decision', caseId: claimed.case.id, distance: 0 }]);
    const near = await gateway.moderate({ bytes: nearCopy });
    expect(near).toMatchObject({ verdict: 'block', tier: 'known', final: true });
    expect(near.reasons).toEqual([
      { kind: 'decision', caseId: claimed.case.id, distance: expect.any(Number) },
    ]);
  });

  it('that a person allows is known from then on, but a near copy of it is not', async () => {
    const { original, nearCopy } = await withNearCopy();
    const claimed = await claimCaseOf(original);
    await moderator.decide(claimed, { verdict: 'allow', reason: 'not_a_violation' });

    expect(await whenKnown(original)).toMatchObject({ verdict: 'allow', tier: 'known', final: true });
    const near = await gateway.moderate({ bytes: nearCopy, surface: doubtfulSurface });
    expect(near).toMatchObject({ verdict: 'review', tier: 'fast', final: false });
  });

  it('becomes a case, every time', async () => {
    const uploads = 10;
    const latencies: number[] = [];
    for (let upload = 0; upload < uploads; upload++) {
      const startedAt = performance.now();
      const claimed = await claimCaseOf(await nextPicture());
      latencies.push(performance.now() - startedAt);
      await moderator.decide(claimed, { verdict: 'allow', reason: 'not_a_violation' });
    }
    const median = latencies.sort((a, b) => a - b)[uploads / 2]!;
    console.log(`Flagged upload to claimed case: median ${median.toFixed(0)} ms of ${uploads}`);
    expect(latencies).toHaveLength(uploads);
  });

  const whenKnown = (bytes: Buffer): ReturnType<GatewayClient['moderate']> =>
    waitFor('the gateway to learn the decision', limitMs, async () => {
      const answer = await gateway.moderate({ bytes, surface: doubtfulSurface });
      return answer.tier === 'known' ? answer : undefined;
    });
});
