import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { BlobStore, blobKeyFor } from '#libs/blobs';
import { createApiKey } from '#libs/database';
import { defaultPolicyDocument, type ModerationAnswer, type PolicyDocument } from '#libs/domain';
import { EventBus } from '#libs/events';
import { createLogger, projectRoot } from '#libs/platform';
import { PolicyBook } from '#libs/policies';
import { createGateway } from '../../../apps/gateway/src/create-gateway.js';
import { readGatewayConfig } from '../../../apps/gateway/src/gateway-config.js';
import { createWorker } from '../../../apps/worker/src/create-worker.js';
import { readWorkerConfig } from '../../../apps/worker/src/worker-config.js';
import { aContent } from '../../builders/content.builder.js';
import { aFlaggedEvent } from '../../builders/event.builder.js';
import { jpeg, scene } from '../../fixtures/pictures.js';
import { eventually } from '../eventually.js';
import { TestReview } from '../review/test-review.js';

/** Three apps and their models, on a busy machine. */
jest.setTimeout(120_000);

/** What a lead is promised, in milliseconds: counted from the answer to publishing. */
const promisedMs = 2_000;

const logger = createLogger('policy-test', 'silent');
const explicit = (thresholds: { review: number | null; block: number | null }): PolicyDocument => ({
  ...defaultPolicyDocument,
  auditSampleRate: 0,
  categories: { 'sexual/explicit': { fast: thresholds, deep: thresholds } },
});
/** Whatever the models say of the picture: the one reviews everything, the other nothing. */
const doubtful = explicit({ review: 0, block: null });
const lenient = explicit({ review: 1, block: null });

describe('A policy that a lead publishes', () => {
  let review: TestReview;
  let gateway: NestFastifyApplication;
  let worker: NestFastifyApplication;
  let folder: string;
  let key: string;
  let lead: Record<string, string>;

  beforeAll(async () => {
    review = await TestReview.start();
    folder = await mkdtemp(join(tmpdir(), 'sluice-policy-'));
    const env = {
      DATABASE_URL: review.database.url,
      DATA_DIR: folder,
      BLOB_DIR: join(folder, 'blobs'),
      MODELS_DIR: join(projectRoot, 'models'),
      INFERENCE_THREADS: '1',
      RATE_LIMIT_PER_MINUTE: '0',
      GATEWAY_PORT: '0',
      WORKER_PORT: '0',
    };
    ({ key } = await createApiKey(review.database.dataSource, { name: 'test' }));
    gateway = await createGateway(readGatewayConfig(env), logger);
    await gateway.listen(0, '127.0.0.1');
    worker = await createWorker(readWorkerConfig(env), logger);
    await worker.init();
    await worker.startAllMicroservices();
    await worker.listen({ port: 0, host: '127.0.0.1' });
    lead = (await review.signIn({ role: 'lead' })).headers;
  });
  afterAll(async () => {
    await Promise.all([gateway.close(), worker.close()]);
    await review.stop();
    await rm(folder, { recursive: true });
  });

  const publish = async (document: PolicyDocument, expectedCurrent: number): Promise<number> => {
    const draft = await review.send<{ id: string }>('POST', '/v1/policies/default/versions', {
      headers: lead,
      body: { document },
    });
    const path = `/v1/policies/default/versions/${draft.body.id}/publish`;
    const answer = await review.send<{ version: number }>('POST', path, {
      headers: lead,
      body: { reason: 'a test', expectedCurrent },
    });
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    return answer.body.version;
  };
  const appliedBy = (app: NestFastifyApplication, version: number): Promise<void> =>
    eventually(() => expect(app.get(PolicyBook).current().version).toBe(version), promisedMs);
  const moderate = async (seed: number): Promise<ModerationAnswer> => {
    const response = await fetch(`${await gateway.getUrl()}/v1/moderate`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'image/jpeg' },
      body: new Uint8Array(await jpeg(scene(seed))),
    });
    return (await response.json()) as ModerationAnswer;
  };
  const judgedByWorker = async (seed: number): Promise<{ version: number; verdict: string }> => {
    const bytes = await jpeg(scene(seed));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    await worker.get(BlobStore).put(blobKeyFor(sha256), bytes);
    const content = aContent({ sha256, blobKey: blobKeyFor(sha256), bytes: bytes.length });
    await worker
      .get(EventBus)
      .publish('content.flagged', [aFlaggedEvent({ content, asks: ['sexual/explicit'] })]);
    return eventually(async () => {
      const rows: { version: number; verdict: string }[] = await review.database.dataSource.query(
        `SELECT policy_version AS version, verdict FROM verdict WHERE content_id = $1 AND tier = 'deep'`,
        [content.id],
      );
      expect(rows).toHaveLength(1);
      return rows[0]!;
    });
  };

  it('is what gateways and workers judge by within two seconds, and their verdicts say so', async () => {
    const before = review.app.get(PolicyBook).current().version;
    for (const [index, [document, verdict]] of (
      [
        [doubtful, 'review'],
        [lenient, 'allow'],
      ] as const
    ).entries()) {
      const version = await publish(document, before + index);
      await Promise.all([
        appliedBy(gateway, version),
        appliedBy(worker, version),
        appliedBy(review.app, version),
      ]);
      expect(await moderate(index)).toMatchObject({ verdict, policy: { name: 'default', version } });
      expect(await judgedByWorker(10 + index)).toEqual({ version, verdict });
    }
  });

  it('is refused where the gateway that runs could not judge by it, and the last one goes on to hold', async () => {
    const { version } = gateway.get(PolicyBook).current();
    const unscored = {
      ...lenient,
      categories: { ...lenient.categories, 'goods/firearm': { fast: { review: 0.5, block: null } } },
    };
    await expect(publish(unscored, version)).rejects.toThrow('categories.goods/firearm.fast');
    const { body } = await review.send<{ warnings: { path: string }[]; problems: unknown[] }>(
      'POST',
      '/v1/policies/default/validate',
      { headers: lead, body: { document: defaultPolicyDocument } },
    );
    expect(body).toEqual({ problems: [], warnings: [] });
    expect((await moderate(20)).policy.version).toBe(version);
  });
});
