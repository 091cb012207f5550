import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type LookOptions, linkRulesSchema, phraseRulesSchema, type Pixels } from '#libs/domain';
import { QrCodeDetector } from '#libs/detectors';
import { pathToFileURL } from 'node:url';

const entry = pathToFileURL('test/medium/detectors/faulty-reader.thread.mjs');
const rules = { links: linkRulesSchema.parse({}), phrases: phraseRulesSchema.parse({}) };
const within = (deadlineMs: number): LookOptions => ({ rules, deadlineMs });

const wide = (width: number): Pixels => ({ data: new Uint8Array(3 * width), width, height: 1 });
const harmless = (): Pixels[] => [wide(1)];
const hanging = (): Pixels[] => [wide(2)];
const dying = (): Pixels[] => [wide(3)];
const throwing = (): Pixels[] => [wide(4)];

describe('a detector whose threads fail', () => {
  let detector: QrCodeDetector;
  beforeAll(async () => {
    detector = await QrCodeDetector.open({ entry, threads: 1, queueLimit: 2, hangLimitMs: 300 });
  });
  afterAll(() => detector.close());

  it('says so of the picture, and goes on with the next', async () => {
    expect(await detector.detect(throwing(), within(60_000))).toEqual({
      ok: false,
      code: 'failed',
      detail: 'unreachable executed',
    });
    expect(await detector.detect(harmless(), within(60_000))).toMatchObject({ ok: true });
  });

  it('replaces a thread that died', async () => {
    expect(await detector.detect(dying(), within(60_000))).toMatchObject({ ok: false, code: 'failed' });
    expect(await detector.detect(harmless(), within(60_000))).toMatchObject({ ok: true });
  });

  it('answers in time although its thread hangs, and replaces it', async () => {
    const hung = detector.detect(hanging(), within(50));
    const next = detector.detect(harmless(), within(60_000));
    expect(await hung).toEqual({ ok: false, code: 'deadline_exceeded', detail: 'not read within 50 ms' });
    expect(await next).toMatchObject({ ok: true });
  });

  it('lets no more wait than it may', async () => {
    const looks = [hanging(), harmless(), harmless(), harmless()].map((views) =>
      detector.detect(views, within(views[0]!.width === 2 ? 50 : 60_000)),
    );
    const codes = (await Promise.all(looks)).map((answer) => (answer.ok ? 'ok' : answer.code));
    expect(codes).toEqual(['deadline_exceeded', 'ok', 'ok', 'overloaded']);
  });

  it('drops what nobody waits for any more before a thread takes it', async () => {
    const hung = detector.detect(hanging(), within(50));
    expect(await detector.detect(throwing(), within(60))).toMatchObject({ code: 'deadline_exceeded' });
    await hung;
    expect(await detector.detect(harmless(), within(60_000))).toMatchObject({ ok: true });
  });
});

it('A detector whose threads cannot start is not opened', async () => {
  const missing = pathToFileURL('test/medium/detectors/missing.thread.mjs');
  await expect(QrCodeDetector.open({ entry: missing })).rejects.toThrow(/could be started/);
});
