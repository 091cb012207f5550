import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { publishPolicy } from '#libs/database';
import type { AcceptedAnswer, Content, EventOn, ModerationAnswer } from '#libs/domain';
import { halfJpeg } from '../../fixtures/bad-images.js';
import { jpeg, paint, scene } from '../../fixtures/pictures.js';
import { eventually } from '../eventually.js';
import { decideOn } from './decide.js';
import { testPolicy, TestGateway } from './test-gateway.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await TestGateway.start();
});
afterAll(() => gateway.stop());

const current = { name: 'default', version: 2 };
const sha256Of = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** The picture's facts as the gateway itself tells the ledger. */
const factsOf = async (picture: Buffer): Promise<Pick<Content, 'sha256' | 'pdq' | 'pdqQuality'>> => {
  await gateway.moderate(picture);
  return eventually(async () => {
    const event = (await gateway.events('content.judged')).find(
      ({ data }) => data.content.sha256 === sha256Of(picture),
    );
    expect(event?.data.content.pdq).toBeTruthy();
    return event!.data.content;
  });
};

const onceKnown = (picture: Buffer): Promise<ModerationAnswer> =>
  eventually(async () => {
    const answer = await gateway.moderate(picture);
    expect(answer.tier).toBe('known');
    return answer;
  });

const accepted = async (picture: Buffer): Promise<AcceptedAnswer> => {
  const response = await gateway.post(picture, { query: { mode: 'async' } });
  expect(response.status).toBe(202);
  return (await response.json()) as AcceptedAnswer;
};

const submission = async (id: string): Promise<EventOn<'content.submitted'> | undefined> =>
  (await gateway.events('content.submitted', 'worker')).find(({ subject }) => subject === id);

/** Waits until the gateway has learnt everything that was decided before. */
const caughtUp = async (): Promise<void> => {
  const marker = await jpeg(scene(Math.floor(Math.random() * 1e9), 64, 64));
  const facts = { sha256: sha256Of(marker), pdq: null, pdqQuality: null };
  await decideOn(gateway.database.dataSource, facts, { verdict: 'block', policy: current });
  await onceKnown(marker);
};

describe('A picture that a person blocked', () => {
  it('is blocked from then on, also where it was allowed and cached before', async () => {
    const picture = await jpeg(scene(1));
    const { caseId } = await decideOn(gateway.database.dataSource, await factsOf(picture), {
      verdict: 'block',
      policy: current,
    });
    const answer = await onceKnown(picture);
    expect(answer).toMatchObject({
      verdict: 'block',
      tier: 'known',
      reasons: [{ kind: 'decision', caseId, distance: 0 }],
      models: [],
      categories: {},
      final: true,
      hold: false,
      content: { width: 500, height: 375, mediaType: 'image/jpeg' },
    });
    const event = (await gateway.events('content.judged')).find(({ subject }) => subject === answer.id);
    expect(event?.data).toMatchObject({
      judgement: { key: 'known', verdict: 'block', tier: 'known' },
      content: { blobKey: expect.any(String) },
    });
  });

  it('blocks its near copies, which cost no inference', async () => {
    const original = scene(2);
    const facts = await factsOf(await jpeg(original));
    const { caseId } = await decideOn(gateway.database.dataSource, facts, {
      verdict: 'block',
      policy: current,
    });
    await caughtUp();
    const inferences = await gateway.metric('sluice_gateway_inferences_total');
    const copy = await paint(original).resize(400, 300).webp({ quality: 60 }).toBuffer();
    const answer = await gateway.moderate(copy);
    expect(answer).toMatchObject({ verdict: 'block', tier: 'known', final: true });
    expect(answer.reasons).toEqual([{ kind: 'decision', caseId, distance: expect.any(Number) }]);
    expect((answer.reasons[0] as { distance: number }).distance).toBeLessThanOrEqual(31);
    expect(await gateway.metric('sluice_gateway_inferences_total')).toBe(inferences);
  });

  it('blocks its near copies that were sent to be classified later, without a look of the model', async () => {
    const original = scene(5);
    const facts = await factsOf(await jpeg(original));
    const { caseId } = await decideOn(gateway.database.dataSource, facts, {
      verdict: 'block',
      policy: current,
    });
    await caughtUp();
    const inferences = await gateway.metric('sluice_gateway_inferences_total');
    const copy = await paint(original).resize(400, 300).webp({ quality: 60 }).toBuffer();
    const { id } = await accepted(copy);
    const event = (await gateway.events('content.judged')).find(({ subject }) => subject === id);
    expect(event?.data).toMatchObject({
      judgement: {
        key: 'known',
        tier: 'known',
        verdict: 'block',
        reasons: [{ kind: 'decision', caseId, distance: expect.any(Number) }],
      },
      content: { pdq: expect.any(String), blobKey: expect.any(String) },
    });
    expect(await submission(id)).toBeUndefined();
    expect(await gateway.metric('sluice_gateway_inferences_total')).toBe(inferences);
  });

  it('has what is no copy of it hashed for the worker, and what cannot be decoded refused at once', async () => {
    const picture = await jpeg(scene(6));
    const another = await factsOf(await jpeg(scene(7)));
    await decideOn(gateway.database.dataSource, another, { verdict: 'block', policy: current });
    await caughtUp();
    const { id } = await accepted(picture);
    expect((await submission(id))?.data.content).toMatchObject({
      pdq: expect.stringMatching(/^[0-9a-f]{64}$/),
      pdqQuality: expect.any(Number),
    });
    const cut = await gateway.post(await halfJpeg(), { query: { mode: 'async' } });
    expect(cut.status).toBe(422);
    expect(await cut.json()).toMatchObject({ code: 'undecodable_image' });
  });

  it('no longer blocks its near copies once the decision is revoked, though they were seen meanwhile', async () => {
    const original = scene(3);
    const facts = await factsOf(await jpeg(original));
    const decision = await decideOn(gateway.database.dataSource, facts, {
      verdict: 'block',
      policy: current,
    });
    const copy = await paint(original).webp({ quality: 60 }).toBuffer();
    await onceKnown(copy);
    await decision.revoke();
    await eventually(async () =>
      expect(await gateway.moderate(copy)).toMatchObject({ tier: 'fast', verdict: 'allow' }),
    );
  });

  it('stays blocked after a restart', async () => {
    const picture = await jpeg(scene(4));
    await decideOn(gateway.database.dataSource, await factsOf(picture), {
      verdict: 'block',
      policy: current,
    });
    await gateway.restart();
    expect(await gateway.moderate(picture)).toMatchObject({ verdict: 'block', tier: 'known' });
  });
});

describe('A picture that a person allowed', () => {
  it('is allowed from then on, where the model would have put it in review', async () => {
    const picture = await jpeg(scene(10));
    const { caseId } = await decideOn(gateway.database.dataSource, await factsOf(picture), {
      verdict: 'allow',
      policy: current,
      expiresAt: new Date(Date.now() + 86_400_000),
    });
    await onceKnown(picture);
    expect(await gateway.moderate(picture, { surface: 'doubtful' })).toMatchObject({
      verdict: 'allow',
      tier: 'known',
      reasons: [{ kind: 'decision', caseId, distance: 0 }],
      final: true,
    });
  });

  it('does not make its near copies pass', async () => {
    const original = scene(11);
    const facts = await factsOf(await jpeg(original));
    await decideOn(gateway.database.dataSource, facts, { verdict: 'allow', policy: current });
    await caughtUp();
    const copy = await paint(original).webp({ quality: 60 }).toBuffer();
    expect(await gateway.moderate(copy, { surface: 'doubtful' })).toMatchObject({
      verdict: 'review',
      tier: 'fast',
    });
  });

  it('is looked at again once the decision has expired', async () => {
    const picture = await jpeg(scene(12));
    await decideOn(gateway.database.dataSource, await factsOf(picture), {
      verdict: 'allow',
      policy: current,
      expiresAt: new Date(Date.now() - 1),
    });
    await caughtUp();
    expect(await gateway.moderate(picture, { surface: 'doubtful' })).toMatchObject({
      verdict: 'review',
      tier: 'fast',
    });
  });

  it('is looked at again under the next version of the policy, which holds at once for cached scores', async () => {
    const picture = await jpeg(scene(13));
    await decideOn(gateway.database.dataSource, await factsOf(picture), {
      verdict: 'allow',
      policy: current,
    });
    await onceKnown(picture);
    const version = await publishPolicy(gateway.database.dataSource, 'default', testPolicy);
    await eventually(async () =>
      expect(await gateway.moderate(picture, { surface: 'doubtful' })).toMatchObject({
        verdict: 'review',
        tier: 'fast',
        policy: { name: 'default', version },
        cached: true,
      }),
    );
  });
});
