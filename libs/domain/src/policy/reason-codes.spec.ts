import { defaultReasonCodes, knownReason, reasonCodesSchema } from './reason-codes.js';

const spam = { code: 'spam', label: 'Spam', verdicts: ['block'] };
const fine = { code: 'fine', label: 'Breaks no rule', verdicts: ['allow'] };
const ground = { kind: 'incompatible', reference: 'Terms, 4.2', explanation: 'It advertises.' };

const pathsOf = (value: unknown) => reasonCodesSchema.safeParse(value).error?.issues.map(({ path }) => path);

describe('reasonCodesSchema', () => {
  it('takes the default list, and one with a reason for each verdict', () => {
    expect(reasonCodesSchema.parse(defaultReasonCodes)).toEqual(defaultReasonCodes);
    expect(pathsOf([{ ...spam, category: 'spam/*', ground }, fine])).toBeUndefined();
    expect(pathsOf([{ ...spam, verdicts: ['block', 'allow'] }])).toBeUndefined();
  });

  it('refuses a list under which nobody could decide one of the verdicts', () => {
    expect(pathsOf([spam])).toEqual([[]]);
    expect(pathsOf([fine])).toEqual([[]]);
    expect(pathsOf([])).toEqual([[], []]);
  });

  it('names the entry that stands twice, and the field that does not fit', () => {
    expect(pathsOf([spam, fine, spam])).toEqual([[2, 'code']]);
    expect(pathsOf([spam, { ...fine, ground }])).toEqual([[1, 'ground']]);
    expect(pathsOf([spam, { ...fine, label: ' ' }])).toEqual([[1, 'label']]);
    expect(pathsOf([spam, { ...fine, verdicts: ['review'] }])?.[0]).toEqual([1, 'verdicts', 0]);
    expect(pathsOf([spam, { ...fine, verdicts: ['allow', 'allow'] }])).toEqual([[1, 'verdicts']]);
    expect(pathsOf([spam, { ...fine, extra: 1 }])).toEqual([[1]]);
    expect(pathsOf([{ ...spam, ground: { ...ground, reference: 'a\0b' } }, fine])).toEqual([
      [0, 'ground', 'reference'],
    ]);
  });
});

describe('knownReason', () => {
  const policy = { document: { reasonCodes: defaultReasonCodes } };

  it('finds a reason of the policy for the verdict, and none for another verdict or another word', () => {
    expect(knownReason(policy, 'sexual_explicit', 'block')).toMatchObject({ category: 'sexual/explicit' });
    expect(knownReason(policy, 'sexual_explicit', 'allow')).toBeUndefined();
    expect(knownReason(policy, 'no_such_reason', 'block')).toBeUndefined();
  });
});
