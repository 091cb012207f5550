import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ModeratorClient } from '../../scripts/client/moderator-client.js';
import { type GatewayClient, HttpError } from '../../scripts/client/sluice-client.js';
import { waitFor } from '../../scripts/client/wait-for.js';
import { KafkaBroker } from '../../scripts/services/kafka-broker.js';
import { s3Requirement, S3Server } from '../../scripts/services/s3-server.js';
import type { Running } from '../../scripts/start/running-file.js';
import { doubtfulSurface, publishDoubtfulPolicy } from '../e2e/doubtful-policy.js';
import { gatewayOf, Installation, moderatorOf, startLimitMs } from '../e2e/installation.js';
import { nextPicture } from '../e2e/pictures.js';

const limitMs = 60_000;
jest.setTimeout(4 * limitMs);

let broker: KafkaBroker;
let store: S3Server | undefined;
let installation: Installation;
let running: Running;
let gateway: GatewayClient;
let moderator: ModeratorClient;

beforeAll(async () => {
  broker = await KafkaBroker.start();
  // Without Go there is no S3 server to be had: then the pictures are on disk, and test:s3 is what says so.
  store = (await s3Requirement()).ok ? await S3Server.start() : undefined;
  installation = await Installation.create();
  running = await installation.start({
    KAFKA_BROKERS: broker.brokers,
    KAFKA_PARTITIONS: '4',
    ...(store && {
      S3_ENDPOINT: store.endpoint,
      S3_BUCKET: store.bucket,
      S3_ACCESS_KEY_ID: store.accessKeyId,
      S3_SECRET_ACCESS_KEY: store.secretAccessKey,
    }),
  });
  gateway = gatewayOf(running);
  moderator = await moderatorOf(running);
  await publishDoubtfulPolicy(installation, gateway);
}, 2 * startLimitMs);
afterAll(async () => {
  await installation?.remove();
  await store?.remove();
  await broker?.remove();
}, startLimitMs);

const readiness = async (): Promise<number> => (await fetch(`${running.gateway}/v1/health/ready`)).status;

describe('The whole system on Kafka and S3', () => {
  it('takes a doubtful picture through three tiers, and remembers what a person decided', async () => {
    const bytes = await nextPicture();
    const { id, verdict } = await gateway.moderate({ bytes, surface: doubtfulSurface });
    expect(verdict).toBe('review');
    const claimed = await waitFor('the case', limitMs, async () => {
      const next = await moderator.claim();
      return next?.case.content.id === id ? next : undefined;
    });
    await moderator.decide(claimed, { verdict: 'block', reason: 'sexual_explicit' });
    const again = await waitFor('the gateways to know it', limitMs, async () => {
      const answer = await gateway.moderate({ bytes, surface: doubtfulSurface });
      return answer.tier === 'known' ? answer : undefined;
    });
    expect(again.verdict).toBe('block');
  });

  it('refuses what needs the bus while the broker is away, answers the rest, and heals by itself', async () => {
    const allowed = await waitFor('a picture that the fast model allows', limitMs, async () => {
      const bytes = await nextPicture();
      return (await gateway.moderate({ bytes })).verdict === 'allow' ? bytes : undefined;
    });
    await broker.kill();
    await waitFor('readiness to turn red', limitMs, async () =>
      (await readiness()) === 503 ? true : undefined,
    );
    const doubtful = { bytes: await nextPicture(), surface: doubtfulSurface };
    const refusal = await gateway.moderate(doubtful).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(refusal).toBeInstanceOf(HttpError);
    expect(refusal).toMatchObject({ status: 503, body: expect.stringContaining('bus_unavailable') });
    const harmless = await gateway.moderate({ bytes: allowed });
    expect(harmless).toMatchObject({ verdict: 'allow', tier: 'fast' });

    await broker.restart();
    await waitFor('readiness to turn green', limitMs, async () =>
      (await readiness()) === 200 ? true : undefined,
    );
    const { id } = await gateway.moderate(doubtful);
    for (const content of [id, harmless.id])
      await waitFor('the ledger to know it', limitMs, () => gateway.content(content));
  });
});
