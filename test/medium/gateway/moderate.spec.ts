import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { blobKeyFor } from '#libs/blobs';
import { acceptedAnswerSchema, moderationAnswerSchema } from '#libs/domain';
import { jpeg, png, scene, webp } from '../../fixtures/pictures.js';
import { eventually } from '../eventually.js';
import { TestGateway } from './test-gateway.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await TestGateway.start();
});
afterAll(() => gateway.stop());

const sha256Of = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const blobOf = (bytes: Buffer): Promise<Buffer> =>
  readFile(join(gateway.blobDir, blobKeyFor(sha256Of(bytes))));
const eventAbout = async <T extends 'content.flagged' | 'content.judged' | 'content.submitted'>(
  topic: T,
  id: string,
) =>
  eventually(async () => {
    const found = (await gateway.events(topic)).find(({ subject }) => subject === id);
    expect(found).toBeDefined();
    return found!;
  });

describe('A harmless picture', () => {
  it('is allowed, with every field of the contract', async () => {
    const picture = await jpeg(scene(1));
    const answer = await gateway.moderate(picture, { query: { reference: 'photo 1' } });
    expect(moderationAnswerSchema.strict().parse(answer)).toEqual(answer);
    expect(Object.keys(answer)).toEqual([
      'id',
      'verdict',
      'tier',
      'surface',
      'reference',
      'policy',
      'categories',
      'reasons',
      'models',
      'content',
      'cached',
      'final',
      'hold',
      'timings',
    ]);
    expect(answer).toMatchObject({
      verdict: 'allow',
      tier: 'fast',
      surface: 'default',
      reference: 'photo 1',
      policy: { name: 'default', version: 2 },
      reasons: [],
      models: [{ name: 'nsfw-mobilenet-v2', tier: 'fast' }],
      content: {
        sha256: sha256Of(picture),
        mediaType: 'image/jpeg',
        width: 500,
        height: 375,
        bytes: picture.length,
      },
      cached: false,
      final: true,
      hold: false,
    });
    expect(Object.keys(answer.categories).sort()).toEqual(['sexual/explicit', 'sexual/suggestive']);
    expect(answer.timings.totalMs).toBeGreaterThanOrEqual(answer.timings.inferenceMs);
  });

  it('reaches the ledger though the answer did not wait for it', async () => {
    const { id } = await gateway.moderate(await jpeg(scene(2)));
    const event = await eventAbout('content.judged', id);
    expect(event.data.judgement).toMatchObject({ verdict: 'allow', tier: 'fast' });
    expect(event.data.content).toMatchObject({ blobKey: null, pdq: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  it('is not kept', async () => {
    const picture = await jpeg(scene(3));
    await gateway.moderate(picture);
    await expect(blobOf(picture)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('is answered from the cache the second time, under a new id', async () => {
    const picture = await jpeg(scene(4));
    const first = await gateway.moderate(picture);
    const second = await gateway.moderate(picture);
    expect(second).toMatchObject({ cached: true, categories: first.categories, verdict: 'allow' });
    expect(second.timings).toMatchObject({ decodeMs: 0, inferenceMs: 0 });
    expect(second.id).not.toBe(first.id);
  });

  it('has the type of its bytes, whatever was declared', async () => {
    const headers = { 'content-type': 'image/gif' };
    expect((await gateway.moderate(await png(scene(5)), { headers })).content.mediaType).toBe('image/png');
    expect((await gateway.moderate(await webp(scene(5)), { headers })).content.mediaType).toBe('image/webp');
  });

  it('may come as a form', async () => {
    const picture = await jpeg(scene(6));
    const form = new FormData();
    form.append('note', 'ignored');
    form.append('file', new Blob([new Uint8Array(picture)]), 'holiday.jpg');
    expect((await gateway.moderate(form)).content.sha256).toBe(sha256Of(picture));
  });
});

describe('A doubtful picture', () => {
  it('is in review and held, its bytes stored and the flag on the bus before the answer', async () => {
    const picture = await jpeg(scene(10));
    const answer = await gateway.moderate(picture, { surface: 'doubtful' });
    // No waiting: both were done before the answer.
    expect(await blobOf(picture)).toEqual(picture);
    const flagged = (await gateway.events('content.flagged', 'worker')).find(
      ({ subject }) => subject === answer.id,
    );
    expect(flagged?.data).toMatchObject({
      asks: ['sexual/explicit'],
      audit: null,
      fast: { verdict: 'review', tier: 'fast', reasons: answer.reasons },
      content: { blobKey: blobKeyFor(sha256Of(picture)), surface: 'doubtful' },
    });
    expect(answer).toMatchObject({ verdict: 'review', final: false, hold: true });
    expect(answer.reasons).toEqual([
      {
        kind: 'score',
        category: 'sexual/explicit',
        score: answer.categories['sexual/explicit']!.score,
        threshold: 0,
        verdict: 'review',
      },
    ]);
  });

  it('is not held where the policy shows it meanwhile', async () => {
    expect(await gateway.moderate(await jpeg(scene(11)), { surface: 'doubtful-shown' })).toMatchObject({
      verdict: 'review',
      final: false,
      hold: false,
    });
  });

  it('is in review again under the cached scores', async () => {
    const picture = await jpeg(scene(12));
    await gateway.moderate(picture);
    expect(await gateway.moderate(picture, { surface: 'doubtful' })).toMatchObject({
      verdict: 'review',
      cached: true,
    });
  });
});

describe('A bad picture', () => {
  it('is blocked for good, its bytes in quarantine and the verdict on the bus before the answer', async () => {
    const picture = await jpeg(scene(20));
    const answer = await gateway.moderate(picture, { surface: 'bad' });
    expect(await blobOf(picture)).toEqual(picture);
    const judged = (await gateway.events('content.judged')).find(({ subject }) => subject === answer.id);
    expect(judged?.data.judgement).toMatchObject({ verdict: 'block' });
    expect(answer).toMatchObject({ verdict: 'block', tier: 'fast', final: true, hold: false });
  });
});

describe('A surface that always asks the deep tier', () => {
  it('gives the fast allow at once, not final and not held', async () => {
    const answer = await gateway.moderate(await jpeg(scene(30)), { surface: 'listing' });
    expect(answer).toMatchObject({ verdict: 'allow', final: false, hold: false });
    expect((await eventAbout('content.flagged', answer.id)).data.asks).toEqual(['goods/firearm']);
  });
});

describe('An audit sample', () => {
  it('is allowed to its caller, and goes to a person with its propensity', async () => {
    const picture = await jpeg(scene(31));
    const answer = await gateway.moderate(picture, { surface: 'sampled' });
    expect(answer).toMatchObject({ verdict: 'allow', final: false, hold: false });
    const { data } = await eventAbout('content.flagged', answer.id);
    expect(data).toMatchObject({ audit: { propensity: 1 }, asks: [], fast: { verdict: 'allow' } });
    expect((await stat(join(gateway.blobDir, data.content.blobKey!))).size).toBe(picture.length);
  });
});

describe('mode=async', () => {
  it('answers 202 once the bytes are stored and the submission is on the bus', async () => {
    const picture = await jpeg(scene(40));
    const response = await gateway.post(picture, {
      query: { mode: 'async', reference: 'later', audience: '12000' },
    });
    expect(response.status).toBe(202);
    const answer = acceptedAnswerSchema.strict().parse(await response.json());
    expect(answer).toMatchObject({ reference: 'later', content: { sha256: sha256Of(picture) } });
    const submitted = (await gateway.events('content.submitted', 'worker')).find(
      ({ subject }) => subject === answer.id,
    );
    expect(submitted?.data.content).toMatchObject({
      blobKey: blobKeyFor(sha256Of(picture)),
      pdq: null,
      audience: 12_000,
    });
    expect(await blobOf(picture)).toEqual(picture);
  });

  it('still refuses at once what is no picture', async () => {
    const response = await gateway.post(Buffer.from('hello'), { query: { mode: 'async' } });
    expect(response.status).toBe(415);
  });
});

describe('The description of the API', () => {
  it('is OpenAPI 3.1 with the answer, the accepted answer and the problems', async () => {
    const document = (await (await gateway.get('/docs/json')).json()) as {
      openapi: string;
      paths: Record<
        string,
        { post: { responses: Record<string, unknown>; requestBody: { content: object } } }
      >;
      components: { schemas: Record<string, unknown> };
    };
    expect(document.openapi).toBe('3.1.0');
    const { responses, requestBody } = document.paths['/v1/moderate']!.post;
    expect(Object.keys(responses).sort()).toEqual(
      ['200', '202', '400', '401', '408', '409', '413', '415', '422', '429', '500', '503'].sort(),
    );
    expect(Object.keys(requestBody.content)).toContain('multipart/form-data');
    expect(Object.keys(document.components.schemas)).toEqual(
      expect.arrayContaining(['ModerationAnswer', 'AcceptedAnswer', 'ContentRecord', 'Problem']),
    );
  });
});

describe('Readiness', () => {
  it('names every part and the model’s provider', async () => {
    const response = await gateway.get('/v1/health/ready');
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      status: 'ready',
      checks: {
        database: { status: 'up' },
        bus: { status: 'up' },
        blobs: { status: 'up' },
        model: { status: 'up', detail: expect.stringContaining('cpu') as unknown },
      },
    });
  });
});
