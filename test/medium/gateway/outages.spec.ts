import { rm, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { jpeg, scene } from '../../fixtures/pictures.js';
import { eventually } from '../eventually.js';
import { CutProxy } from './cut-proxy.js';
import { TestGateway } from './test-gateway.js';

let gateway: TestGateway;
let wire: CutProxy;
beforeEach(async () => {
  gateway = await TestGateway.start({}, async ({ hostname, port }) => {
    wire = await CutProxy.before(hostname, Number(port));
    return wire.port;
  });
});
afterEach(async () => {
  wire.mend();
  await gateway.stop();
  await wire.close();
});

const expectUnavailable = async (response: Response, code: string): Promise<void> => {
  expect(response.status).toBe(503);
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  const body = (await response.json()) as object;
  expect(body).toMatchObject({ code });
  expect(body).not.toHaveProperty('verdict');
};

describe('While Postgres, and with it the bus, is away', () => {
  it('what needs nobody is still allowed, and reaches the ledger once it is back', async () => {
    await gateway.moderate(await jpeg(scene(1)));
    wire.cut();
    const answer = await gateway.moderate(await jpeg(scene(2)));
    expect(answer).toMatchObject({ verdict: 'allow', final: true });
    wire.mend();
    await eventually(async () => {
      const ids = (await gateway.events('content.judged')).map(({ subject }) => subject);
      expect(ids).toContain(answer.id);
    });
  });

  it('a doubtful or a bad picture is answered 503, never allowed', async () => {
    wire.cut();
    for (const surface of ['doubtful', 'bad', 'listing', 'sampled'])
      await expectUnavailable(await gateway.post(await jpeg(scene(3)), { surface }), 'bus_unavailable');
    await expectUnavailable(
      await gateway.post(await jpeg(scene(3)), { query: { mode: 'async' } }),
      'bus_unavailable',
    );
  });

  it('an Idempotency-Key is answered 503, and keeps its id for the retry', async () => {
    const picture = await jpeg(scene(4));
    const options = { headers: { 'idempotency-key': 'a' }, surface: 'doubtful' };
    wire.cut();
    await expectUnavailable(await gateway.post(picture, options), 'unavailable');
    wire.mend();
    const answer = await eventually(() => gateway.moderate(picture, options));
    expect(await gateway.moderate(picture, options)).toEqual(answer);
  });

  it('the record of a content is answered 503', async () => {
    const { id } = await gateway.moderate(await jpeg(scene(5)));
    wire.cut();
    await expectUnavailable(await gateway.get(`/v1/content/${id}`), 'unavailable');
  });

  it('readiness says what is missing, and recovers by itself', async () => {
    wire.cut();
    const response = await gateway.get('/v1/health/ready');
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      checks: {
        database: { status: 'down' },
        bus: { status: 'down' },
        blobs: { status: 'up' },
        model: { status: 'up' },
      },
    });
    expect((await gateway.get('/v1/health/live')).status).toBe(200);
    wire.mend();
    await eventually(async () => expect((await gateway.get('/v1/health/ready')).status).toBe(200));
    expect(await gateway.moderate(await jpeg(scene(6)), { surface: 'doubtful' })).toMatchObject({
      verdict: 'review',
    });
  });
});

describe('While blobs cannot be stored', () => {
  it('a doubtful picture is answered 503, and a harmless one allowed', async () => {
    await rm(gateway.blobDir, { recursive: true });
    await writeFile(gateway.blobDir, 'no folder');
    await expectUnavailable(await gateway.post(await jpeg(scene(7)), { surface: 'doubtful' }), 'unavailable');
    expect(await gateway.events('content.flagged')).toEqual([]);
    expect(await gateway.moderate(await jpeg(scene(7)))).toMatchObject({ verdict: 'allow' });
  });
});
