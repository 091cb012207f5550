import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { verdicts } from '../verdict.js';
import { defaultPolicyDocument } from '../policy/default-policy.js';
import { dsaStatementOf, dsaStatementSchema } from './dsa-statement.js';
import type { StatedPolicy, StatedVerdict, StatementFacts } from './statement-facts.js';
import { statementOf } from './statement-of.js';
import { maxFactsLength, statementSchema } from './statement.js';
import { eeaCountries } from './territory.js';

const at = new Date('2026-11-20T10:00:00.000Z');
const dayMs = 24 * 60 * 60 * 1000;
const policy: StatedPolicy = defaultPolicyDocument;

const scored = (category: string, score = 0.98, verdict: 'review' | 'block' = 'block'): StatedVerdict => ({
  tier: 'fast',
  verdict,
  policy: { name: 'default', version: 3 },
  categories: { [category]: { score, verdict } },
  reasons: [{ kind: 'score', category, score, threshold: 0.5, verdict }],
  models: [{ name: 'nsfw-mobilenet-v2', version: '1', tier: 'fast' }],
  at,
});
const byDecision = (tier: 'human' | 'known', distance = 0): StatedVerdict => ({
  tier,
  verdict: 'block',
  policy: { name: 'default', version: 3 },
  categories: {},
  reasons: [{ kind: 'decision', caseId: '019b0000-0000-7000-8000-000000000001', distance }],
  models: [],
  at,
});
const facts = (over: Partial<StatementFacts> = {}): StatementFacts => ({
  id: '019b0000-0000-7000-8000-00000000000a',
  issuedAt: at,
  content: {
    id: '019b0000-0000-7000-8000-00000000000b',
    mediaType: 'image/jpeg',
    width: 500,
    height: 375,
    surface: 'avatar',
    receivedAt: new Date('2026-11-19T23:30:00.000Z'),
  },
  verdict: scored('sexual/explicit'),
  machine: scored('sexual/explicit'),
  decision: null,
  policy,
  complainedAt: null,
  ...over,
});
const decided = (reason: string, machineVerdict: 'allow' | 'review' | 'block' = 'review') => ({
  reason,
  machineVerdict,
  decidedAt: new Date('2026-11-18T08:00:00.000Z'),
  policy,
});

describe('A statement of reasons', () => {
  it('of a block by models names the terms that the category breaks, and says that nobody was involved', () => {
    const statement = statementOf(facts());
    expect(statement).toMatchObject({
      automatedDetection: true,
      automatedDecision: 'fully',
      reason: 'sexual_explicit',
      category: 'sexual/explicit',
      ground: { kind: 'incompatible', reference: 'Terms of use: sexually explicit content', url: null },
      dsa: { category: 'STATEMENT_CATEGORY_OTHER_VIOLATION_TC', keywords: ['KEYWORD_ADULT_SEXUAL_MATERIAL'] },
      restriction: {
        action: 'disabled',
        territorialScope: 'worldwide',
        startsAt: at.toISOString(),
        endsAt: null,
      },
    });
    expect(statement.facts).toBe(
      'The picture (image/jpeg, 500 by 375 pixels) was uploaded on 2026-11-19 for the surface “avatar”. ' +
        'Automated classification (nsfw-mobilenet-v2 1) gave it 0.98 for sexual/explicit (threshold 0.5), ' +
        'which means a block under the policy “default”, version 3. ' +
        'It was restricted automatically on 2026-11-20; no person was involved. ' +
        'No notice led to this: the service has every picture looked at that is uploaded.',
    );
  });

  it('never lets a model say that something is illegal', () => {
    const statement = statementOf(
      facts({ verdict: scored('sexual/minor'), machine: scored('sexual/minor') }),
    );
    expect(statement.ground).toMatchObject({ kind: 'incompatible', reference: 'Terms of use' });
    expect(statement.reason).toBeNull();
  });

  it('takes the reason of a group for a category of it', () => {
    const verdict = scored('goods/firearm');
    expect(statementOf(facts({ verdict, machine: verdict }))).toMatchObject({
      reason: 'prohibited_goods',
      category: 'goods/firearm',
      dsa: { category: 'STATEMENT_CATEGORY_UNSAFE_AND_PROHIBITED_PRODUCTS' },
    });
  });

  it('of a person’s block gives their reason, whatever the models had seen', () => {
    const statement = statementOf(
      facts({
        verdict: byDecision('human'),
        machine: scored('sexual/explicit', 0.6, 'review'),
        decision: decided('child_sexual_abuse'),
      }),
    );
    expect(statement).toMatchObject({
      automatedDetection: true,
      automatedDecision: 'not',
      reason: 'child_sexual_abuse',
      ground: { kind: 'illegal' },
      dsa: { category: 'STATEMENT_CATEGORY_PROTECTION_OF_MINORS' },
    });
    expect(statement.facts).toContain('so that a person had to look at it');
    expect(statement.facts).toContain('A person looked at it on 2026-11-20');
    const violence = statementOf(facts({ verdict: byDecision('human'), decision: decided('violence') }));
    expect(violence.category).toBeNull();
  });

  it('does not call it detection by machines when a person found it in a random sample', () => {
    const statement = statementOf(
      facts({
        verdict: byDecision('human'),
        machine: { ...scored('sexual/explicit', 0.1), verdict: 'allow', reasons: [] },
        decision: decided('sexual_explicit', 'allow'),
      }),
    );
    expect(statement.automatedDetection).toBe(false);
    expect(statement.facts).toContain('one of a random sample');
  });

  it.each([
    [0, 'shows exactly the same as'],
    [12, 'is a near copy (12 of 256 bits of its perceptual hash differ) of'],
  ])('of what was taken over at distance %i is partly automated', (distance, words) => {
    const statement = statementOf(
      facts({ verdict: byDecision('known', distance), machine: null, decision: decided('prohibited_goods') }),
    );
    expect(statement).toMatchObject({ automatedDecision: 'partially', reason: 'prohibited_goods' });
    expect(statement.facts).toContain(`It ${words} a picture that a person had looked at`);
  });

  it('says until when to complain, unless it answers a complaint', () => {
    const until = new Date(at.getTime() + policy.statements.appealDays * dayMs).toISOString();
    expect(statementOf(facts()).redress.complaint.until).toBe(until);
    const answer = statementOf(
      facts({
        verdict: byDecision('human'),
        decision: decided('sexual_explicit'),
        complainedAt: new Date('2026-11-19T00:00:00.000Z'),
      }),
    );
    expect(answer.redress.complaint.until).toBeNull();
    expect(answer.facts).toContain('After a complaint of 2026-11-19, a person who had no part');
  });

  const category = fc.stringMatching(/^[a-z][a-z0-9-]{0,200}\/[a-z][a-z0-9-]{0,200}$/);
  const score = fc.double({ min: 0, max: 1, noNaN: true });
  const anyVerdict = fc
    .record({
      tier: fc.constantFrom('known' as const, 'fast' as const, 'deep' as const, 'human' as const),
      verdict: fc.constantFrom(...verdicts),
      scores: fc.array(fc.tuple(category, score), { maxLength: 40 }),
      models: fc.array(fc.string({ maxLength: 300 }), { maxLength: 30 }),
      kind: fc.constantFrom('score', 'decision', 'hash'),
      distance: fc.nat(256),
    })
    .map(({ tier, verdict, scores, models, kind, distance }): StatedVerdict => ({
      tier,
      verdict,
      policy: { name: 'default', version: 3 },
      categories: {},
      reasons:
        kind === 'hash'
          ? [{ kind, bank: 'bank', distance }]
          : kind === 'decision'
            ? [{ kind, caseId: '019b0000-0000-7000-8000-000000000001', distance }]
            : scores.map(([name, value]) => ({
                kind: 'score' as const,
                category: name,
                score: value,
                threshold: 0.5,
                verdict,
              })),
      models: models.map((name) => ({ name, version: '1', tier })),
      at,
    }));
  const anyFacts = fc
    .record({
      verdict: anyVerdict,
      machine: fc.option(anyVerdict),
      reason: fc.option(fc.constantFrom(...policy.reasonCodes.map(({ code }) => code), 'gone')),
      machineVerdict: fc.constantFrom(...verdicts),
      complained: fc.boolean(),
      action: fc.constantFrom('removed' as const, 'disabled' as const),
      territorialScope: fc.constantFrom<StatedPolicy['statements']['territorialScope']>('worldwide', ['DE']),
      termsUrl: fc.constantFrom(null, 'https://example.org/terms'),
    })
    .map(({ verdict, machine, reason, machineVerdict, complained, action, territorialScope, termsUrl }) =>
      facts({
        verdict,
        machine,
        decision: reason === null ? null : decided(reason, machineVerdict),
        complainedAt: complained ? at : null,
        policy: {
          ...policy,
          statements: { ...policy.statements, restriction: action, territorialScope, termsUrl },
        },
      }),
    );

  it('is complete, and one that the transparency database takes, whatever led to it', () => {
    fc.assert(
      fc.property(anyFacts, (any) => {
        const statement = statementOf(any);
        expect(statementSchema.parse(statement)).toEqual(statement);
        expect(statement.facts.length).toBeLessThanOrEqual(maxFactsLength);
        const exported = dsaStatementOf(statement);
        expect(dsaStatementSchema.parse(exported)).toEqual(exported);
      }),
    );
  });
});

describe('A statement for the transparency database', () => {
  it('has its fields and values', () => {
    expect(dsaStatementOf(statementOf(facts()))).toEqual({
      decision_visibility: ['DECISION_VISIBILITY_CONTENT_DISABLED'],
      decision_ground: 'DECISION_GROUND_INCOMPATIBLE_CONTENT',
      incompatible_content_ground: 'Terms of use: sexually explicit content',
      incompatible_content_explanation:
        'The picture shows nudity or sexual acts, which the terms of use do not permit here.',
      content_type: ['CONTENT_TYPE_IMAGE'],
      category: 'STATEMENT_CATEGORY_OTHER_VIOLATION_TC',
      category_specification: ['KEYWORD_ADULT_SEXUAL_MATERIAL'],
      territorial_scope: [...eeaCountries],
      content_date: '2026-11-19',
      application_date: '2026-11-20',
      decision_facts: expect.stringContaining('no person was involved'),
      source_type: 'SOURCE_VOLUNTARY',
      automated_detection: 'Yes',
      automated_decision: 'AUTOMATED_DECISION_FULLY',
      puid: '019b0000-0000-7000-8000-00000000000a',
    });
  });

  it('names what is illegal as that, by a person’s word', () => {
    const statement = statementOf(
      facts({ verdict: byDecision('human'), decision: decided('child_sexual_abuse') }),
    );
    expect(dsaStatementOf(statement)).toMatchObject({
      decision_ground: 'DECISION_GROUND_ILLEGAL_CONTENT',
      illegal_content_legal_ground: expect.stringContaining('2011/93/EU'),
      category_specification: ['KEYWORD_CHILD_SEXUAL_ABUSE_MATERIAL'],
      automated_decision: 'AUTOMATED_DECISION_NOT_AUTOMATED',
    });
  });

  it('keeps to the thirty countries of the EEA', () => {
    expect(eeaCountries).toHaveLength(30);
    const inTwo = facts({
      policy: { ...policy, statements: { ...policy.statements, territorialScope: ['DE', 'GR'] } },
    });
    expect(dsaStatementOf(statementOf(inTwo)).territorial_scope).toEqual(['DE', 'GR']);
  });

  it('is refused with a field that is missing, unknown or out of range', () => {
    const good = dsaStatementOf(statementOf(facts()));
    const { category: _, ...without } = good;
    for (const bad of [
      without,
      { ...good, category: 'STATEMENT_CATEGORY_PORNOGRAPHY_OR_SEXUALIZED_CONTENT' },
      { ...good, puid: 'a b' },
      { ...good, content_date: '1999-12-31' },
      { ...good, territorial_scope: ['US'] },
      { ...good, illegal_content_legal_ground: 'both' },
    ])
      expect(dsaStatementSchema.safeParse(bad).success).toBe(false);
  });
});
