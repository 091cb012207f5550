import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createApiKey } from '#libs/database';
import type { AcceptedAnswer } from '#libs/domain';
import { jpeg, scene } from '../../fixtures/pictures.js';
import { eventually } from '../eventually.js';
import { TestGateway } from './test-gateway.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await TestGateway.start();
});
afterAll(() => gateway.stop());

const withKey = (key: string) => ({ headers: { 'idempotency-key': key } });

describe('A request repeated under its Idempotency-Key', () => {
  it('has the same id and answer', async () => {
    const picture = await jpeg(scene(1));
    const first = await gateway.moderate(picture, withKey('a'));
    expect(await gateway.moderate(picture, withKey('a'))).toEqual(first);
  });

  it('has the same id and answer after a restart', async () => {
    const picture = await jpeg(scene(2));
    const first = await gateway.moderate(picture, { ...withKey('b'), surface: 'doubtful' });
    await gateway.restart();
    expect(await gateway.moderate(picture, { ...withKey('b'), surface: 'doubtful' })).toEqual(first);
  });

  it('is one content when it is sent many times at once', async () => {
    const picture = await jpeg(scene(3));
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => gateway.moderate(picture, { ...withKey('c'), surface: 'doubtful' })),
    );
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    const flagged = (await gateway.events('content.flagged')).filter(
      ({ subject }) => subject === answers[0]!.id,
    );
    expect(flagged).toHaveLength(1);
  });

  it('conflicts with another picture, surface or mode', async () => {
    const picture = await jpeg(scene(4));
    await gateway.moderate(picture, withKey('d'));
    for (const response of [
      await gateway.post(await jpeg(scene(5)), withKey('d')),
      await gateway.post(picture, { ...withKey('d'), surface: 'doubtful' }),
      await gateway.post(picture, { ...withKey('d'), query: { mode: 'async' } }),
      await gateway.post(picture, { ...withKey('d'), query: { reference: 'other' } }),
    ]) {
      expect(response.status).toBe(409);
      expect(await response.json()).toMatchObject({ code: 'conflict' });
    }
  });

  it('is another request under another API key', async () => {
    const picture = await jpeg(scene(6));
    const { key } = await createApiKey(gateway.database.dataSource, { name: 'other' });
    const mine = await gateway.moderate(picture, withKey('e'));
    const theirs = await eventually(() => gateway.moderate(picture, { ...withKey('e'), key }));
    expect(theirs.id).not.toBe(mine.id);
  });

  it('may be repeated after it was refused', async () => {
    const refused = await gateway.post(Buffer.from('text'), withKey('f'));
    expect(refused.status).toBe(415);
    expect((await gateway.post(Buffer.from('text'), withKey('f'))).status).toBe(415);
  });

  it('has the same id in mode=async', async () => {
    const picture = await jpeg(scene(7));
    const send = async (): Promise<AcceptedAnswer> => {
      const response = await gateway.post(picture, { ...withKey('g'), query: { mode: 'async' } });
      expect(response.status).toBe(202);
      return (await response.json()) as AcceptedAnswer;
    };
    const first = await send();
    expect(await send()).toEqual(first);
  });

  it('takes up where a gateway died between reserving the id and answering', async () => {
    const picture = await jpeg(scene(8));
    const { id } = await gateway.moderate(picture, withKey('h'));
    await gateway.database.dataSource.query(
      `UPDATE idempotency_key SET status = 'pending', response = NULL WHERE key = 'h'`,
    );
    expect((await gateway.moderate(picture, withKey('h'))).id).toBe(id);
  });
});
