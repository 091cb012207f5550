import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { join } from 'node:path';
import { createLogger, projectRoot, startTracing } from '#libs/platform';
import { createReview } from '../../../apps/review/src/create-review.js';
import { readReviewConfig } from '../../../apps/review/src/review-config.js';
import { createWorker } from '../../../apps/worker/src/create-worker.js';
import { readWorkerConfig } from '../../../apps/worker/src/worker-config.js';
import { jpeg, scene } from '../../fixtures/pictures.js';
import { eventually } from '../eventually.js';
import { TestGateway } from '../gateway/test-gateway.js';
import { Collector } from './collector.js';
import type { ExportedSpan } from './otlp-message.js';

const logger = createLogger('tracing-test', 'silent');
const reference = 'a reference of the caller';
const callersTrace = '0af7651916cd43dd8448eb211c80319c';
const callersSpan = 'b7ad6b7169203331';

describe('An upload that all three tiers hear of', () => {
  let collector: Collector;
  let gateway: TestGateway;
  let apps: NestFastifyApplication[];
  let contentId: string;
  let sampledId: string;

  beforeAll(async () => {
    collector = await Collector.start();
    // The exporter reads the environment itself.
    process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = collector.endpoint;
    const stopTracing = await startTracing('test', logger);
    gateway = await TestGateway.start();
    const { url: DATABASE_URL } = gateway.database;
    const shared = { DATABASE_URL, BLOB_DIR: gateway.blobDir, MODELS_DIR: join(projectRoot, 'models') };
    apps = [
      await createWorker(readWorkerConfig({ ...shared, WORKER_PORT: '0', INFERENCE_THREADS: '1' }), logger),
      await createReview(readReviewConfig({ ...shared, REVIEW_PORT: '0' }), logger),
    ];
    for (const app of apps) {
      await app.init();
      await app.startAllMicroservices();
    }

    ({ id: contentId } = await gateway.moderate(await jpeg(scene(1)), {
      surface: 'doubtful',
      query: { reference },
      headers: { traceparent: `00-${callersTrace}-${callersSpan}-01` },
    }));
    ({ id: sampledId } = await gateway.moderate(await jpeg(scene(2)), { surface: 'sampled' }));
    await eventually(async () => {
      const [row] = await gateway.database.dataSource.query<{ settled: string; opened: string }[]>(
        `SELECT (SELECT count(*) FROM content WHERE settled) AS settled,
                (SELECT count(*) FROM moderation_case) AS opened`,
      );
      expect(row).toEqual({ settled: '1', opened: '1' });
    });
    for (const app of apps) await app.close();
    await stopTracing();
  });
  afterAll(async () => {
    delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
    await gateway.stop();
    await collector.stop();
  });

  const spanOf = (name: string, id: string, more: Partial<ExportedSpan['attributes']> = {}): ExportedSpan => {
    const found = collector.spans.filter(
      ({ name: each, attributes }) => each === name && attributes['sluice.content.id'] === id,
    );
    const wanted = Object.entries(more);
    const span = found.find(({ attributes }) => wanted.every(([key, value]) => attributes[key] === value));
    if (!span) throw new Error(`no such span among ${JSON.stringify(collector.spans)}`);
    return span;
  };
  const childrenOf = ({ spanId }: ExportedSpan): string[] =>
    collector.spans.filter(({ parentSpanId }) => parentSpanId === spanId).map(({ name }) => name);
  const parentOf = ({ parentSpanId }: ExportedSpan): ExportedSpan =>
    collector.spans.find(({ spanId }) => spanId === parentSpanId)!;
  const rescored = { 'cloudevents.event_type': 'sluice.content.rescored.v1' };

  it('is one trace, and a part of its caller’s', () => {
    const upload = spanOf('POST /v1/moderate', contentId);
    expect(upload).toMatchObject({ traceId: callersTrace, parentSpanId: callersSpan });
    expect(childrenOf(upload)).toEqual(
      expect.arrayContaining(['inspect', 'decode', 'hash', 'inference', 'record']),
    );

    const picture = spanOf('process content.flagged', contentId);
    expect(picture.traceId).toBe(callersTrace);
    expect(parentOf(picture).name).toBe('record');
    expect(parentOf(parentOf(picture))).toBe(upload);
    expect(childrenOf(picture)).toEqual(expect.arrayContaining(['load', 'decode', 'infer', 'publish']));

    const ledger = spanOf('record in the ledger', contentId, rescored);
    expect(ledger.traceId).toBe(callersTrace);
    expect(parentOf(ledger)).toBe(picture);
  });

  it('tells verdict and tier, and whether a case was opened', () => {
    expect(spanOf('POST /v1/moderate', contentId).attributes).toMatchObject({
      'sluice.surface': 'doubtful',
      'sluice.verdict': 'review',
      'sluice.tier': 'fast',
    });
    expect(spanOf('process content.flagged', contentId).attributes).toMatchObject({
      'sluice.outcome': 'done',
      'sluice.verdict': 'allow',
      'sluice.tier': 'deep',
    });
    expect(spanOf('record in the ledger', contentId, rescored).attributes['sluice.case.opened']).toBe(false);
    expect(spanOf('record in the ledger', sampledId, rescored).attributes['sluice.case.opened']).toBe(true);
  });

  it('is no part of another upload’s trace', () => {
    const { traceId } = spanOf('POST /v1/moderate', sampledId);
    expect(traceId).not.toBe(callersTrace);
    expect(spanOf('record in the ledger', sampledId, rescored).traceId).toBe(traceId);
  });

  it('tells the collector no secret, and nothing that the caller wrote', () => {
    const told = Buffer.concat(collector.requests).toString('latin1');
    expect(told).toContain(contentId);
    expect(told).not.toContain(reference);
    expect(told).not.toContain(gateway.key);
  });
});
