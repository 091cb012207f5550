import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { jpeg, scene } from '../../fixtures/pictures.js';
import { eventually } from '../eventually.js';
import { decideOn } from './decide.js';
import { exchange, requestHead } from './raw-http.js';
import { TestGateway } from './test-gateway.js';

const inferences = 'sluice_gateway_inferences_total';
const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));

describe('Under load', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await TestGateway.start({ QUEUE_LIMIT: '4', INFERENCE_THREADS: '1' });
  });
  afterAll(() => gateway.stop());

  it('a hundred simultaneous uploads of one new picture cost one inference, and all get its verdict', async () => {
    const picture = await jpeg(scene(1));
    const before = await gateway.metric(inferences);
    const answers = await Promise.all(times(100, () => gateway.moderate(picture)));
    expect(await gateway.metric(inferences)).toBe(before + 1);
    expect(new Set(answers.map(({ id }) => id)).size).toBe(100);
    expect(new Set(answers.map(({ categories }) => JSON.stringify(categories))).size).toBe(1);
    expect(answers.filter(({ cached }) => !cached)).toHaveLength(1);
  });

  it('more new pictures than may wait are answered 503 overloaded with Retry-After, the others judged', async () => {
    const pictures = await Promise.all(times(40, (index) => jpeg(scene(100 + index, 320, 240))));
    const responses = await Promise.all(pictures.map((picture) => gateway.post(picture)));
    const refused = responses.filter(({ status }) => status === 503);
    expect(responses.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(4);
    expect(refused.length).toBeGreaterThan(0);
    expect(
      responses.map(({ status }) => status).filter((status) => status !== 200 && status !== 503),
    ).toEqual([]);
    for (const response of refused) {
      expect(response.headers.get('retry-after')).toBe('1');
      expect(await response.json()).toMatchObject({ code: 'overloaded' });
    }
  });

  it('more pictures for later than can be compared with blocked ones are answered 503, none goes unchecked', async () => {
    await decideOn(
      gateway.database.dataSource,
      { sha256: 'b'.repeat(64), pdq: '0123456789abcdef'.repeat(4), pdqQuality: 100 },
      { verdict: 'block', policy: { name: 'default', version: 2 } },
    );
    await eventually(async () => expect(await gateway.metric('sluice_gateway_known_pictures')).toBe(1));
    const pictures = await Promise.all(times(40, (index) => jpeg(scene(200 + index, 320, 240))));
    const responses = await Promise.all(
      pictures.map((picture) => gateway.post(picture, { query: { mode: 'async' } })),
    );
    const statuses = responses.map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([202, 503]));
    const submitted = await gateway.events('content.submitted', 'worker');
    expect(submitted).toHaveLength(statuses.filter((status) => status === 202).length);
    expect(submitted.every(({ data }) => data.content.pdq !== null)).toBe(true);
  });

  it('is back to normal afterwards', async () => {
    expect(await gateway.moderate(await jpeg(scene(2)))).toMatchObject({ verdict: 'allow', cached: false });
    expect(await gateway.metric('sluice_gateway_looks_in_progress')).toBe(0);
    expect(await gateway.metric('sluice_gateway_upload_bytes')).toBe(0);
  });
});

describe('Bodies that fill the memory', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await TestGateway.start({
      MAX_BYTES: '100000',
      UPLOAD_MEMORY_BYTES: '100000',
      MAX_UPLOADS: '3',
      BODY_TIMEOUT_SECONDS: '2',
    });
  });
  afterAll(() => gateway.stop());

  const enough = /\}$/;
  const slowUpload = (bytes: number) => {
    const head = requestHead(gateway.key, { 'content-type': 'image/jpeg', 'content-length': 90_000 });
    return exchange(gateway.port, [head, Buffer.alloc(bytes)], { enough });
  };

  it('make the next one wait outside: 503 overloaded', async () => {
    const held = slowUpload(80_000);
    await eventually(async () => expect(await gateway.metric('sluice_gateway_upload_bytes')).toBe(80_000));
    const response = await gateway.post(await jpeg(scene(1, 1000, 750)));
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: 'overloaded' });
    await held;
  });

  it('so do more at once than may be received', async () => {
    const held = times(3, () => slowUpload(1));
    await eventually(async () => expect(await gateway.metric('sluice_gateway_uploads_receiving')).toBe(3));
    expect((await gateway.post(await jpeg(scene(2)))).status).toBe(503);
    await Promise.all(held);
    expect((await gateway.post(await jpeg(scene(2)))).status).toBe(200);
  });
});
