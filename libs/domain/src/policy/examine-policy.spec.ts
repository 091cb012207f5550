import fc from 'fast-check';
import { defaultPolicyDocument } from './default-policy.js';
import { examinePolicy, type Surroundings } from './examine-policy.js';
import type { PolicyDocument } from './policy.js';
import type { Scorer } from './scorer.js';

const fast: Scorer = {
  tier: 'fast',
  pack: 'small',
  version: '1',
  categories: ['sexual/explicit', 'sexual/suggestive'],
  isLive: true,
};
const deep: Scorer = {
  ...fast,
  tier: 'deep',
  pack: 'large',
  categories: [
    'spam/qr-code',
    ...fast.categories,
    ...['firearm', 'military', 'alcohol', 'gambling', 'medical'].map((name) => `goods/${name}`),
    'apparel/swimwear',
  ],
};
const installed: Surroundings = { scorers: [fast, deep] };

const examine = (document: unknown, surroundings = installed) => examinePolicy(document, surroundings);
const changed = (change: Partial<PolicyDocument>): PolicyDocument => ({
  ...defaultPolicyDocument,
  ...change,
});
const withCategory = (rule: object, category = 'sexual/explicit'): PolicyDocument =>
  changed({ categories: { ...defaultPolicyDocument.categories, [category]: rule } });
const warningPaths = (document: PolicyDocument, surroundings = installed): string[] =>
  examine(document, surroundings).warnings.map(({ path }) => path);

/** Mistakes that lie side by side, so that any of them may be made together: where, and what is written there. */
const mistakes: [steps: (string | number)[], value: unknown][] = [
  [['categories', 'sexual/explicit', 'fast', 'review'], 0.98],
  [['categories', 'sexual/explicit', 'deep', 'block'], 1.01],
  [['categories', 'sexual/suggestive', 'fast', 'review'], -0.1],
  [['categories', 'sexual/suggestive', 'deep', 'review'], 'half'],
  [['categories', 'Explicit'], {}],
  [['categories', 'goods/firearm', 'fsat'], { review: 0.1, block: 0.2 }],
  [['deep', 'goods'], 'always'],
  [['deep', 'goods/*'], 'sometimes'],
  [['hold'], 'yes'],
  [['auditSampleRate'], 2],
  [['humanAllowDays'], 0],
  [['retention', 'allowedDays'], 0.5],
  [['retention', 'blockedDays'], undefined],
  [['surfaces', 'Avatar'], {}],
  [['surfaces', 'chat', 'hold'], null],
  [['surfaces', 'listing', 'auditSampleRate'], -1],
  [['surfaces', 'avatar', 'categories', 'sexual/suggestive', 'deep', 'review'], 0.96],
  [['reasonCodes', 0, 'code'], 'Not a code'],
  [['reasonCodes', 1, 'ground', 'kind'], 'impolite'],
  [['reasonCodes', 2, 'category'], 'sexual'],
  [['surprise'], 1],
];

const write = (document: unknown, steps: (string | number)[], value: unknown): void => {
  const [step, ...others] = steps;
  const place = document as Record<string | number, unknown>;
  if (others.length > 0) write(place[step!], others, value);
  else place[step!] = value;
};

describe('What is wrong with a policy', () => {
  it('is nothing in the default one, and nothing is odd about it', () => {
    expect(examine(defaultPolicyDocument)).toEqual({
      document: defaultPolicyDocument,
      problems: [],
      warnings: [],
    });
  });

  it('is told for each mistake with its place, whichever are made together', () => {
    fc.assert(
      fc.property(fc.subarray(mistakes, { minLength: 1 }), (made) => {
        const document = structuredClone(defaultPolicyDocument);
        for (const [steps, value] of made) write(document, steps, value);
        const { problems, document: taken } = examine(document);
        expect(taken).toBeUndefined();
        expect(new Set(problems.map(({ path }) => path))).toEqual(
          new Set(made.map(([steps]) => steps.join('.'))),
        );
        expect(problems.every(({ message }) => message.length > 0)).toBe(true);
      }),
    );
  });

  it('is a category that no model here scores and that no version named before', () => {
    const misspelt = withCategory({ deep: { review: 0.1, block: null } }, 'goods/fiream');
    const { problems } = examine(misspelt);
    expect(problems.map(({ path }) => path)).toEqual(['categories.goods/fiream']);
    expect(problems[0]!.message).toContain('goods/firearm');
    const onSurface = changed({ surfaces: { kids: { categories: { 'goods/fiream': {} } } } });
    expect(examine(onSurface).problems.map(({ path }) => path)).toEqual([
      'surfaces.kids.categories.goods/fiream',
    ]);
    expect(examine(misspelt, { ...installed, current: misspelt }).problems).toEqual([]);
    const gone = { ...deep, pack: 'gone', isLive: false, categories: ['goods/fiream'] };
    expect(examine(misspelt, { scorers: [...installed.scorers, gone] }).problems).toEqual([]);
  });

  it('is a fast threshold for what one of the fast models in use does not score', () => {
    const document = withCategory({ fast: { review: 0.5, block: null } }, 'goods/firearm');
    const [problem, ...others] = examine(document).problems;
    expect(others).toEqual([]);
    expect(problem!.path).toBe('categories.goods/firearm.fast');
    expect(problem!.message).toContain('small 1');
    const abler = { ...fast, pack: 'abler', categories: deep.categories };
    expect(examine(document, { scorers: [abler, deep] }).problems).toEqual([]);
    expect(examine(document, { scorers: [abler, fast, deep] }).problems).toHaveLength(1);
    expect(examine(document, { scorers: [abler, { ...fast, isLive: false }, deep] }).problems).toEqual([]);
    const never = withCategory({ fast: { review: null, block: null } }, 'goods/firearm');
    expect(examine(never).problems).toEqual([]);
  });

  it('fills in what an older document could not say', () => {
    const { reasonCodes: _, retention: __, ...older } = defaultPolicyDocument;
    expect(examine(older).document).toEqual(defaultPolicyDocument);
  });
});

describe('What is odd about a policy', () => {
  it('is a deep threshold that no deep model can meet', () => {
    const { scorers } = installed;
    const without = [fast, { ...deep, categories: fast.categories }];
    expect(warningPaths(defaultPolicyDocument, { scorers })).toEqual([]);
    expect(warningPaths(defaultPolicyDocument, { scorers: without })).toContain(
      'categories.goods/firearm.deep',
    );
  });

  it('is that nobody says what is scored', () => {
    expect(warningPaths(defaultPolicyDocument, { scorers: [] })).toEqual(['', '']);
    expect(warningPaths(defaultPolicyDocument, { scorers: [fast, { ...deep, isLive: false }] })).toEqual([
      '',
    ]);
  });

  it('is a threshold that everything crosses', () => {
    const document = withCategory({ fast: { review: 0, block: 0.97 }, deep: { review: 0, block: 0 } });
    expect(warningPaths(document)).toEqual([
      'categories.sexual/explicit.fast.review',
      'categories.sexual/explicit.deep.review',
      'categories.sexual/explicit.deep.block',
    ]);
  });

  it('is a deep threshold that no picture is sent for', () => {
    expect(warningPaths(changed({ surfaces: {} }))).toContain('categories.goods/firearm.deep');
    const blocked = withCategory({ fast: { review: null, block: 0.9 }, deep: { review: 0.3, block: 0.9 } });
    expect(warningPaths(blocked)).toEqual(['categories.sexual/explicit.deep']);
    expect(warningPaths({ ...blocked, deep: { 'sexual/*': 'always' } })).toEqual([]);
  });

  it('is not a threshold whose detector is called by name, on some surface or for some pictures', () => {
    const rare = { large: [{ when: 'sampled' as const, share: 0.01 }] };
    expect(warningPaths(changed({ surfaces: {}, detectors: rare }))).toEqual([]);
    expect(warningPaths(changed({ surfaces: { shop: { detectors: rare } } }))).toEqual([]);
    const other = [fast, { ...deep, pack: 'other' }, { ...deep, categories: ['goods/alcohol'] }];
    const paths = warningPaths(changed({ surfaces: {}, detectors: rare }), { scorers: other });
    expect(paths).toContain('categories.goods/firearm.deep');
    expect(paths).not.toContain('categories.goods/alcohol.deep');
  });

  it('is a call of a detector that no worker has, or by a score that no fast model gives', () => {
    const called = changed({
      detectors: {
        large: [{ when: 'always' }, { when: 'score', category: 'goods/firearm', from: 0.1, to: 1 }],
        lagre: [{ when: 'score', category: 'sexual/explicit', from: 0.1, to: 1 }],
      },
      surfaces: { ...defaultPolicyDocument.surfaces, shop: { detectors: { small: [{ when: 'always' }] } } },
    });
    expect(warningPaths(called)).toEqual([
      'detectors.lagre',
      'surfaces.shop.detectors.small',
      'detectors.large.1.category',
    ]);
    expect(warningPaths(called, { scorers: [fast, { ...deep, isLive: false }] })).not.toContain(
      'detectors.lagre',
    );
  });

  it('is an override that says what the policy says, or silently drops a tier', () => {
    const same = changed({
      deep: { 'goods/*': 'always', 'spam/qr-code': 'always' },
      detectors: { large: [{ when: 'sampled', share: 0.1 }] },
      surfaces: {
        avatar: {
          hold: true,
          auditSampleRate: 0.002,
          deep: { 'goods/*': 'always' },
          categories: { 'goods/firearm': { deep: { review: 0.3, block: null } } },
          detectors: { large: [{ when: 'sampled', share: 0.1 }] },
          deepBudgetMs: defaultPolicyDocument.deepBudgetMs,
          links: { allow: [], deny: [] },
          phrases: { deny: ['buy now'] },
        },
      },
    });
    expect(warningPaths(same)).toEqual([
      'surfaces.avatar.hold',
      'surfaces.avatar.auditSampleRate',
      'surfaces.avatar.deepBudgetMs',
      'surfaces.avatar.links',
      'surfaces.avatar.categories.goods/firearm',
      'surfaces.avatar.deep.goods/*',
      'surfaces.avatar.detectors.large',
    ]);
    const dropping = changed({
      surfaces: {
        ...defaultPolicyDocument.surfaces,
        avatar: { categories: { 'sexual/explicit': { fast: { review: 0.1, block: 0.9 } } } },
      },
    });
    expect(warningPaths(dropping)).toEqual(['surfaces.avatar.categories.sexual/explicit']);
  });

  it('is a route for no category, a rate of no samples, and a block without a ground', () => {
    expect(warningPaths(changed({ deep: { 'weapons/*': 'always' } }))).toEqual(['deep.weapons/*']);
    expect(warningPaths(changed({ auditSampleRate: 0 }))).toEqual(['auditSampleRate']);
    const reasonCodes = [...defaultPolicyDocument.reasonCodes];
    reasonCodes.push({ code: 'ugly', label: 'Ugly', verdicts: ['block'] });
    expect(warningPaths(changed({ reasonCodes }))).toEqual([`reasonCodes.${reasonCodes.length - 1}`]);
  });

  it('is a picture that goes while its block may still be appealed', () => {
    const { retention, statements } = defaultPolicyDocument;
    const kept = (blockedDays: number, appealDays: number) =>
      changed({ retention: { ...retention, blockedDays }, statements: { ...statements, appealDays } });
    expect(warningPaths(kept(183, 184))).toEqual(['retention.blockedDays']);
    expect(warningPaths(kept(184, 184))).toEqual([]);
  });
});
