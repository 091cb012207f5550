import fc from 'fast-check';
import {
  defaultPolicyDocument,
  type PolicyDocument,
  policyDocumentSchema,
  type TerritorialScope,
} from '#libs/domain';
import { documentFromYaml, maxYamlLength, policyToYaml } from './policy-yaml.js';

const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
const category = fc.tuple(word, word).map(([group, name]) => `${group}/${name}`);
const pattern = fc.oneof(
  category,
  word.map((group) => `${group}/*`),
);
const threshold = fc.option(
  fc.double({ min: 0, max: 1, noNaN: true }).map((value) => value + 0),
  { nil: null },
);
const thresholds = fc
  .tuple(threshold, threshold)
  .map(([one, other]) =>
    one !== null && other !== null && one > other
      ? { review: other, block: one }
      : { review: one, block: other },
  );
const rules = {
  categories: fc.dictionary(
    category,
    fc.record({ fast: thresholds, deep: thresholds }, { requiredKeys: [] }),
  ),
  deep: fc.dictionary(pattern, fc.constantFrom('flagged' as const, 'always' as const)),
  hold: fc.boolean(),
  auditSampleRate: fc.double({ min: 0, max: 1, noNaN: true }).map((value) => value + 0),
};
/** Words that YAML may take for something else, and lines that it may fold. */
const text = fc
  .oneof(
    fc.constantFrom(
      'yes',
      'null',
      '~',
      '1.0',
      '# no',
      'a: b',
      '- a',
      '2026-11-23',
      'a\n  b\n',
      '&a',
      '*a',
      '<<',
    ),
    fc.string({ minLength: 1, maxLength: 300, unit: 'grapheme' }),
  )
  .map((any) => any.replaceAll('\0', '').trim())
  .filter((any) => any.length > 0 && any.length <= 500);
const document: fc.Arbitrary<PolicyDocument> = fc
  .record({
    ...rules,
    humanAllowDays: fc.integer({ min: 1, max: 3650 }),
    retention: fc
      .record({
        allowedDays: fc.integer({ min: 1, max: 3650 }),
        blockedDays: fc.integer({ min: 1, max: 3650 }),
      })
      .map((days) => ({ ...defaultPolicyDocument.retention, ...days })),
    reasonCodes: text.map((label) =>
      defaultPolicyDocument.reasonCodes.map((reason) => ({
        ...reason,
        ...(reason.ground ? { ground: { ...reason.ground, explanation: label } } : {}),
      })),
    ),
    statements: fc.record({
      restriction: fc.constantFrom('removed', 'disabled'),
      territorialScope: fc.constantFrom<TerritorialScope>('worldwide', ['DE', 'GR']),
      termsUrl: fc.constantFrom(null, 'https://example.org/terms#a: b'),
      appealDays: fc.integer({ min: 1, max: 3650 }),
      complaintUrl: fc.constant(null),
      outOfCourtUrl: fc.constantFrom(null, 'https://example.org/?a=1&b=2'),
    }),
    surfaces: fc.dictionary(word, fc.record({ ...rules, description: text }, { requiredKeys: [] })),
  })
  .map((fields) => ({ ...defaultPolicyDocument, ...fields }));

const problemOf = (yaml: string): string | undefined => {
  const read = documentFromYaml(yaml);
  return read.ok ? undefined : read.problems.map(({ message }) => message).join('; ');
};

describe('A policy as YAML', () => {
  it('comes back as it went', () => {
    fc.assert(
      fc.property(document, text, (policy, comment) => {
        expect(policyDocumentSchema.parse(policy)).toEqual(policy);
        expect(documentFromYaml(policyToYaml(policy, comment))).toEqual({ ok: true, value: policy });
      }),
    );
  });

  it('is the same text whatever order its records come in', () => {
    const backwards = {
      ...defaultPolicyDocument,
      categories: Object.fromEntries(Object.entries(defaultPolicyDocument.categories).reverse()),
    };
    expect(policyToYaml(backwards)).toBe(policyToYaml(defaultPolicyDocument));
  });

  it('has nothing outside a comment that was meant to be in it', () => {
    for (const end of ['\r', '\r\n', '\n', '\u0085', '\u2028'])
      expect(documentFromYaml(policyToYaml(defaultPolicyDocument, `fine${end}hold: false`))).toEqual({
        ok: true,
        value: defaultPolicyDocument,
      });
  });

  it('reads well', () => {
    const yaml = policyToYaml(defaultPolicyDocument, 'The first line\nand the second');
    expect(yaml).toMatch(/^# The first line\n# and the second\n\ncategories:\n {2}apparel\/swimwear:\n/);
    expect(yaml).toContain('\n    fast: { review: 0.2, block: 0.97 }\n');
    expect(yaml).not.toContain('&');
  });
});

describe('A text that is no YAML for a policy', () => {
  it.each([
    ['what cannot be parsed', 'hold: [true', /line 1/],
    ['a key twice', 'hold: true\nhold: false', /hold stands twice at line 2/],
    ['a tag of its own', 'hold: !!js/function "f"', /tag/],
    ['a map as a key', '? { a: b }\n: c', /key/],
    ['several documents', 'hold: true\n---\nhold: false', /multiple documents/],
    ['an alias of nothing', 'hold: *nothing', /alias/],
    ['a text that is too long', '#'.repeat(maxYamlLength + 1), /longer/],
  ])('is refused: %s', (_, yaml, told) => {
    expect(problemOf(yaml)).toMatch(told);
  });

  it('is refused where it is all signs', () => {
    for (const sign of [']', '"', '&a ', '#\n'])
      expect(problemOf(sign.repeat(60_000 / sign.length))).toBeDefined();
  });

  it('is refused where aliases make it grow', () => {
    const bomb = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let level = 1; level < 12; level++)
      bomb.push(
        `a${level}: &a${level} [${Array(10)
          .fill(`*a${level - 1}`)
          .join(', ')}]`,
      );
    expect(problemOf(bomb.join('\n'))).toMatch(/alias/i);
    const long = `a: &a ${'x'.repeat(maxYamlLength / 8)}\nb: [${Array(20).fill('*a').join(', ')}]`;
    expect(problemOf(long)).toMatch(/aliases/);
  });

  it('is refused where it is nested beyond measure, and where it holds itself', () => {
    for (const deep of [
      '['.repeat(60_000),
      `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
      '- '.repeat(30_000),
    ])
      expect(problemOf(deep)).toMatch(/nested/);
    expect(problemOf('a: &a [*a]')).toBeDefined();
  });
});
