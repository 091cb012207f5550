import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EvidenceEntity } from '#libs/database';
import type { Classification, Content, Evidence, Judgement } from '#libs/domain';
import type { CaseView } from '../../../apps/review/src/cases/case.dto.js';
import { caseViewSql } from '../../../apps/review/src/cases/case-view.js';
import { RetentionService } from '../../../apps/review/src/erasure/retention.service.js';
import { entryOf, mergeByContent } from '../../../apps/review/src/ledger/ledger-entry.js';
import { LedgerRepository } from '../../../apps/review/src/ledger/ledger.repository.js';
import { aCase, type CaseBuilder } from '../../builders/case.builder.js';
import { aContent } from '../../builders/content.builder.js';
import { aFastJudgement, aRescoredEvent } from '../../builders/event.builder.js';
import { explained } from '../explained.js';
import { TestReview } from './test-review.js';

type Person = Awaited<ReturnType<TestReview['signIn']>>;

const link: Evidence = {
  kind: 'payload',
  category: 'spam/qr-code',
  text: 'https://a.example/ms-example',
  note: 'link',
  score: 0.6,
  box: [
    [0.1, 0.1],
    [0.2, 0.1],
    [0.2, 0.2],
    [0.1, 0.2],
  ],
};
const label: Evidence = { kind: 'label', category: 'goods/firearm', text: 'revolver', score: 0.9 };

const seenBy = (name: string, scores: Classification['scores'], evidence?: Evidence[]): Classification => ({
  model: { name, version: '1', tier: 'deep' },
  scores,
  ...(evidence && { evidence }),
});

/** In doubt over a code, with what two detectors saw, and one that did not answer. */
const aDeepJudgement = (facts: Partial<Judgement> = {}): Judgement => ({
  key: `deep:${randomUUID()}`,
  tier: 'deep',
  verdict: 'review',
  policy: { name: 'default', version: 1 },
  categories: { 'spam/qr-code': { score: 0.6, verdict: 'review' } },
  reasons: [{ kind: 'score', category: 'spam/qr-code', score: 0.6, threshold: 0.5, verdict: 'review' }],
  models: [{ name: 'qr-code', version: '1', tier: 'deep' }],
  classifications: [
    seenBy('qr-code', { 'spam/qr-code': 0.6 }, [link]),
    seenBy('goods', { 'goods/firearm': 0.9 }, [label]),
    seenBy('nsfw', { 'sexual/explicit': 0.1 }),
  ],
  unheard: [{ detector: 'overlay-text', why: 'skipped', detail: 'the time was over' }],
  at: new Date().toISOString(),
  ...facts,
});

let review: TestReview;
let kim: Person;
let senior: Person;
let lead: Person;
beforeAll(async () => {
  review = await TestReview.start();
  kim = await review.signIn();
  senior = await review.signIn({ role: 'senior' });
  lead = await review.signIn({ role: 'lead' });
});
afterAll(() => review.stop());

const query = <Row = Record<string, unknown>>(sql: string, parameters: unknown[] = []): Promise<Row[]> =>
  review.database.dataSource.query(sql, parameters);

const recorded = async (content: Content, ...judgements: Judgement[]): Promise<void> => {
  const event = aRescoredEvent(content, judgements);
  await review.app.get(LedgerRepository).write(mergeByContent([entryOf(event)]));
};
const storedOf = (contentId: string): Promise<EvidenceEntity[]> =>
  review.database.dataSource
    .getRepository(EvidenceEntity)
    .find({ where: { contentId }, order: { model: 'ASC', version: 'ASC' } });
const caseOf = async (contentId: string): Promise<string> =>
  (await query<{ id: string }>('SELECT id FROM moderation_case WHERE content_id = $1', [contentId]))[0]!.id;
const view = async (id: string, { headers }: Person): Promise<CaseView> =>
  (await review.send<CaseView>('GET', `/v1/cases/${id}`, { headers })).body;

/** A case with what was seen of its content. */
const storeWith = async (builder: CaseBuilder, ...pieces: Evidence[]) => {
  const stored = await builder.store(review.database.dataSource);
  await query(
    `INSERT INTO evidence (content_id, model, version, pieces, seen_at) VALUES ($1, 'qr-code', '1', $2, now())`,
    [stored.content.id, JSON.stringify(pieces)],
  );
  return stored;
};

const decide = async (id: string, leaseToken: string): Promise<void> => {
  const body = { leaseToken, verdict: 'block', reason: 'spam' };
  const { status } = await review.send('POST', `/v1/cases/${id}/decision`, { headers: kim.headers, body });
  expect(status).toBe(200);
};

describe('What detectors saw', () => {
  it('is stored once with its content, and who was not heard with the verdict, however often the event comes', async () => {
    const content = aContent();
    const judgement = aDeepJudgement();
    await recorded(content, aFastJudgement(), judgement);
    await recorded(content, aFastJudgement(), judgement);
    expect(await storedOf(content.id)).toEqual([
      {
        contentId: content.id,
        model: 'goods',
        version: '1',
        pieces: [label],
        seenAt: new Date(judgement.at),
      },
      {
        contentId: content.id,
        model: 'qr-code',
        version: '1',
        pieces: [link],
        seenAt: new Date(judgement.at),
      },
    ]);
    expect(
      await query('SELECT tier, unheard FROM verdict WHERE content_id = $1 ORDER BY tier', [content.id]),
    ).toEqual([
      { tier: 'deep', unheard: judgement.unheard },
      { tier: 'fast', unheard: null },
    ]);
  });

  it('is shown to a moderator without the detectors, and whole to a senior once it is decided', async () => {
    const content = aContent();
    await recorded(content, aFastJudgement(), aDeepJudgement());
    const id = await caseOf(content.id);
    const forPeople = [{ ...link, detector: null }];
    for (const person of [kim, senior]) {
      const shown = await view(id, person);
      expect(shown.evidence).toEqual(forPeople);
      expect(shown.machine).toMatchObject({ models: [], unheard: [] });
      expect(JSON.stringify(shown)).not.toMatch(/overlay-text|revolver|"qr-code"/);
    }
    const leaseToken = randomUUID();
    await query(
      `UPDATE moderation_case SET state = 'leased', lease_holder_id = $2, lease_token = $3, leased_at = now(),
         lease_expires_at = now() + interval '1 hour' WHERE id = $1`,
      [id, kim.id, leaseToken],
    );
    await decide(id, leaseToken);
    expect((await view(id, kim)).evidence).toEqual(forPeople);
    const known = await view(id, senior);
    expect(known.evidence).toEqual([
      { ...label, detector: { name: 'goods', version: '1' } },
      { ...link, detector: { name: 'qr-code', version: '1' } },
    ]);
    expect(known.machine!.unheard).toEqual([
      { detector: 'overlay-text', why: 'skipped', detail: 'the time was over' },
    ]);
  });

  it('fits the doubt that an audit sample shows, so that it looks like any other case', async () => {
    const allowed = aDeepJudgement({
      verdict: 'allow',
      categories: { 'spam/qr-code': { score: 0.05, verdict: 'allow' } },
      reasons: [],
      unheard: undefined,
    });
    const sample = await storeWith(aCase().judged(allowed).asAuditSample(), { ...link, score: 0.05 });
    const { machine, evidence } = await view(sample.id, kim);
    expect(machine!.reasons).toHaveLength(1);
    const doubt = machine!.categories['spam/qr-code']!.score;
    expect(doubt).toBeGreaterThan(0.05);
    expect(evidence).toEqual([{ ...link, score: expect.closeTo(doubt), detector: null }]);
    expect(Object.keys(machine!).sort()).toEqual(
      Object.keys((await view(await ordinaryCase(), kim)).machine!).sort(),
    );
  });

  it('of a second look or a golden case is that of the picture, and has no time of its own', async () => {
    const [ordinary, ...looks] = await Promise.all(
      (['content', 'second', 'golden'] as const).map((kind) =>
        storeWith(aCase().judged(aDeepJudgement()).ofKind(kind), link),
      ),
    );
    const { evidence } = await view(ordinary!.id, kim);
    expect(evidence).toEqual([{ ...link, detector: null }]);
    for (const { id } of looks) expect((await view(id, kim)).evidence).toEqual(evidence);
  });

  const ordinaryCase = async (): Promise<string> =>
    (await storeWith(aCase().judged(aDeepJudgement()), link)).id;

  it('costs the view of a case one probe of an index', async () => {
    const id = await ordinaryCase();
    const nodes = await explained(review.database.dataSource, `${caseViewSql()} WHERE c.id = $1`, [id]);
    const probes = nodes.filter((node) => node['Relation Name'] === 'evidence');
    expect(probes).toHaveLength(1);
    expect(probes[0]!['Actual Loops']).toBe(1);
  });

  it('is not told to services', async () => {
    const content = aContent();
    await query(
      `INSERT INTO webhook_endpoint (id, url, event_types, secret, open_until)
       VALUES ($1, 'https://example.org/', '{content.verdict,case.opened}', '\\x00', now() + interval '1 day')`,
      [randomUUID()],
    );
    await recorded(content, aFastJudgement(), aDeepJudgement({ verdict: 'block' }));
    const told = await query('SELECT * FROM webhook_delivery WHERE content_id = $1', [content.id]);
    const { headers } = await review.apiKey('statements:read');
    const statement = await review.send('GET', `/v1/content/${content.id}/statement`, { headers });
    expect(told.length).toBeGreaterThan(0);
    expect(statement.status).toBe(200);
    expect(JSON.stringify([told, statement.body])).not.toMatch(/ms-example|revolver|overlay-text/);
  });
});

describe('Erasing what detectors saw', () => {
  it.each(['personal', 'image', 'all'])(
    'goes with scope=%s, and no late event brings it back',
    async (scope) => {
      const content = aContent();
      const block = aDeepJudgement({ verdict: 'block' });
      await recorded(content, aFastJudgement(), block);
      expect(await storedOf(content.id)).toHaveLength(2);
      const { status } = await review.send('DELETE', `/v1/content/${content.id}?scope=${scope}`, lead);
      expect(status).toBe(200);
      expect(await storedOf(content.id)).toEqual([]);
      await recorded(content, aFastJudgement(), block);
      expect(await storedOf(content.id)).toEqual([]);
      expect(
        await query('SELECT scores FROM classification WHERE content_id = $1', [content.id]),
      ).toHaveLength(4);
      const audit = await query(`SELECT details FROM audit_entry WHERE subject_id = $1`, [content.id]);
      expect(audit).toHaveLength(1);
      expect(JSON.stringify(audit)).not.toContain('ms-example');
    },
  );

  it('happens by itself when the time for what is personal is over, also where the caller gave no reference', async () => {
    const [old, young] = [aContent(), aContent()];
    for (const content of [old, young])
      await recorded(content, aFastJudgement(), aDeepJudgement({ verdict: 'block' }));
    await query(`UPDATE evidence SET seen_at = now() - interval '400 days' WHERE content_id = $1`, [old.id]);
    expect(await review.app.get(RetentionService).eraseReferences()).toBe(1);
    expect(await storedOf(old.id)).toEqual([]);
    expect(await storedOf(young.id)).toHaveLength(2);
  });
});
