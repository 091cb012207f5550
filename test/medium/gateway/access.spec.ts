import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createApiKey, revokeApiKey } from '#libs/database';
import type { ApiScope } from '#libs/domain';
import { jpeg, scene } from '../../fixtures/pictures.js';
import { eventually } from '../eventually.js';
import { TestGateway } from './test-gateway.js';

let gateway: TestGateway;
let picture: Buffer;
beforeAll(async () => {
  gateway = await TestGateway.start();
  picture = await jpeg(scene(1));
});
afterAll(() => gateway.stop());

const aKey = async (requestsPerMinute?: number): Promise<{ key: string; prefix: string }> => {
  const created = await createApiKey(gateway.database.dataSource, { name: 'shop', requestsPerMinute });
  await eventually(async () => {
    const response = await gateway.get(`/v1/content/not-an-id`, created.key);
    // Known to the gateway: no longer 401. A limited key has spent one request by this.
    expect(response.status).toBe(400);
  });
  return created;
};

describe('An API key', () => {
  it('is accepted soon after it was made', async () => {
    const { key } = await aKey();
    expect((await gateway.moderate(picture, { key })).verdict).toBe('allow');
  });

  it('is refused soon after it was revoked, and only this one', async () => {
    const { key, prefix } = await aKey();
    await revokeApiKey(gateway.database.dataSource, prefix);
    await eventually(async () => expect((await gateway.post(picture, { key })).status).toBe(401));
    expect((await gateway.post(picture)).status).toBe(200);
  });

  it('over its own rate gets 429 and when to come back, while others go on', async () => {
    const { key } = await aKey(3);
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push((await gateway.post(picture, { key })).status);
    expect(statuses).toEqual([200, 200, 429]);
    const refused = await gateway.post(picture, { key });
    expect(refused.headers.get('content-type')).toBe('application/problem+json');
    expect(await refused.json()).toMatchObject({ code: 'rate_limited', status: 429 });
    const retryAfter = Number(refused.headers.get('retry-after'));
    expect(retryAfter).toBeGreaterThanOrEqual(1);
    expect(retryAfter).toBeLessThanOrEqual(60);
    expect((await gateway.post(picture)).status).toBe(200);
  });
});

describe('A key’s scopes', () => {
  const keyFor = async (...scopes: ApiScope[]): Promise<string> => {
    const { key } = await createApiKey(gateway.database.dataSource, { name: 'scoped', scopes });
    await eventually(async () =>
      expect((await gateway.get(`/v1/content/${randomUUID()}`, key)).status).not.toBe(401),
    );
    return key;
  };

  it('let it do what they name, and nothing else: the refusal names the one that is missing', async () => {
    const moderates = await keyFor('content:moderate');
    const reads = await keyFor('content:read');
    expect((await gateway.post(picture, { key: moderates })).status).toBe(200);
    expect((await gateway.get(`/v1/content/${randomUUID()}`, reads)).status).toBe(404);
    for (const [refused, scope] of [
      [await gateway.post(picture, { key: reads }), 'content:moderate'],
      [await gateway.get(`/v1/content/${randomUUID()}`, moderates), 'content:read'],
    ] as const) {
      expect(refused.status).toBe(403);
      const problem = { code: 'forbidden', detail: expect.stringContaining(scope) };
      expect(await refused.json()).toMatchObject(problem);
    }
  });
});

describe('The record of a content', () => {
  /** What apps/review does with the gateway's events. */
  const record = async (id: string): Promise<void> => {
    const event = await eventually(async () => {
      const found = (await gateway.events('content.judged')).find(({ subject }) => subject === id);
      expect(found).toBeDefined();
      return found!;
    });
    const { content, judgement } = event.data;
    await gateway.database.dataSource.query(
      `INSERT INTO content (id, sha256, media_type, width, height, bytes, surface, reference, api_key_id, received_at,
                            verdict, tier, policy_name, policy_version, settled, final)
       VALUES ($1, decode($2, 'hex'), $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, true, true)`,
      [
        ...[content.id, content.sha256, content.mediaType, content.width, content.height, content.bytes],
        ...[content.surface, content.reference, content.apiKeyId, content.receivedAt],
        ...[judgement.verdict, judgement.tier, judgement.policy.name, judgement.policy.version],
      ],
    );
    await gateway.database.dataSource.query(
      `INSERT INTO verdict (content_id, key, tier, verdict, policy_name, policy_version, categories, reasons, models, at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
      [
        ...[content.id, judgement.key, judgement.tier, judgement.verdict],
        ...[judgement.policy.name, judgement.policy.version, JSON.stringify(judgement.categories)],
        ...[JSON.stringify(judgement.reasons), JSON.stringify(judgement.models), judgement.at],
      ],
    );
  };

  it('is found though it is asked for before it is written, and tells the verdict and its history', async () => {
    const answer = await gateway.moderate(await jpeg(scene(2)), { query: { reference: 'r' } });
    const [response] = await Promise.all([gateway.get(`/v1/content/${answer.id}`), record(answer.id)]);
    expect(response.status).toBe(200);
    const body = (await response.json()) as { receivedAt: string };
    expect(body).toMatchObject({
      id: answer.id,
      verdict: 'allow',
      tier: 'fast',
      final: true,
      surface: 'default',
      reference: 'r',
      policy: answer.policy,
      content: answer.content,
    });
    const again = await gateway.get(`/v1/content/${answer.id}`);
    expect(await again.json()).toMatchObject({
      history: [
        {
          tier: 'fast',
          verdict: 'allow',
          policy: answer.policy,
          categories: answer.categories,
          models: answer.models,
          at: expect.any(String),
        },
      ],
    });
  });

  it('is not there for another key, nor for nobody', async () => {
    const { id } = await gateway.moderate(await jpeg(scene(3)));
    await record(id);
    const { key } = await aKey();
    expect((await gateway.get(`/v1/content/${id}`)).status).toBe(200);
    const other = await gateway.get(`/v1/content/${id}`, key);
    expect(other.status).toBe(404);
    expect(await other.json()).toMatchObject({ code: 'not_found' });
    expect((await fetch(`${gateway.url}/v1/content/${id}`)).status).toBe(401);
  });

  it('is not there for an id that never was, and refused for what is no id', async () => {
    expect((await gateway.get(`/v1/content/${randomUUID()}`)).status).toBe(404);
    expect((await gateway.get('/v1/content/1')).status).toBe(400);
  });
});
