import { z } from 'zod';
import { categoryPatternSchema } from '../category.js';
import { type HumanVerdict, humanVerdictSchema, reasonCodeSchema } from '../cases/decision.js';
import { plainText } from './plain-text.js';

/**
 * What a block rests on, as a statement of reasons gives it to the person whose picture it was: Regulation (EU)
 * 2022/2065, Article 17(3)(d) for what the law forbids, (e) for what the terms of use forbid.
 */
export const groundSchema = z.strictObject({
  kind: z.enum(['illegal', 'incompatible']),
  reference: plainText(500).describe('the law, or the clause of the terms of use'),
  explanation: plainText(2000).describe('why the picture falls under it'),
});
export type Ground = z.infer<typeof groundSchema>;

export const decisionReasonSchema = z
  .strictObject({
    code: reasonCodeSchema,
    label: plainText(120).describe('what a moderator reads'),
    verdicts: z
      .array(humanVerdictSchema)
      .min(1)
      .refine((verdicts) => new Set(verdicts).size === verdicts.length, 'a verdict stands here twice')
      .describe('the verdicts that it may be given for'),
    category: categoryPatternSchema
      .optional()
      .describe('the categories that it is about, where it is about some'),
    ground: groundSchema.optional(),
  })
  .refine(({ verdicts, ground }) => ground === undefined || verdicts.includes('block'), {
    path: ['ground'],
    message: 'only a reason to block has a ground',
  });
export type DecisionReason = z.infer<typeof decisionReasonSchema>;

const maxReasons = 200;

export const reasonCodesSchema = z
  .array(decisionReasonSchema)
  .max(maxReasons)
  .superRefine((reasons, context) => {
    const seen = new Set<string>();
    reasons.forEach(({ code }, index) => {
      if (seen.has(code))
        context.addIssue({ code: 'custom', path: [index, 'code'], message: `${code} stands here twice` });
      seen.add(code);
    });
    for (const verdict of humanVerdictSchema.options)
      if (!reasons.some(({ verdicts }) => verdicts.includes(verdict)))
        context.addIssue({ code: 'custom', message: `nobody could decide ${verdict}: no reason is for it` });
  });

/** Also of policies that were published before they named their reasons. */
export const defaultReasonCodes: DecisionReason[] = [
  {
    code: 'sexual_explicit',
    label: 'Sexually explicit',
    verdicts: ['block'],
    category: 'sexual/explicit',
    ground: {
      kind: 'incompatible',
      reference: 'Terms of use: sexually explicit content',
      explanation: 'The picture shows nudity or sexual acts, which the terms of use do not permit here.',
    },
  },
  {
    code: 'sexual_suggestive',
    label: 'Sexually suggestive where it must not be',
    verdicts: ['block'],
    category: 'sexual/suggestive',
    ground: {
      kind: 'incompatible',
      reference: 'Terms of use: sexually suggestive content',
      explanation: 'The picture is sexually suggestive, which the terms of use do not permit in this place.',
    },
  },
  {
    code: 'child_sexual_abuse',
    label: 'Sexual abuse of a child',
    verdicts: ['block'],
    category: 'sexual/*',
    ground: {
      kind: 'illegal',
      reference: 'Directive 2011/93/EU, as transposed into national law',
      explanation: 'The picture shows the sexual abuse or exploitation of a child.',
    },
  },
  {
    code: 'prohibited_goods',
    label: 'Goods that may not be offered',
    verdicts: ['block'],
    category: 'goods/*',
    ground: {
      kind: 'incompatible',
      reference: 'Terms of use: prohibited goods',
      explanation: 'The picture shows goods that may not be shown or offered here.',
    },
  },
  {
    code: 'spam',
    label: 'Spam or solicitation',
    verdicts: ['block'],
    category: 'spam/*',
    ground: {
      kind: 'incompatible',
      reference: 'Terms of use: spam and solicitation',
      explanation: 'The picture advertises, or leads to offers and contacts elsewhere.',
    },
  },
  {
    code: 'violence',
    label: 'Violence or cruelty',
    verdicts: ['block'],
    ground: {
      kind: 'incompatible',
      reference: 'Terms of use: violence',
      explanation: 'The picture shows or praises violence or cruelty.',
    },
  },
  {
    code: 'hate',
    label: 'Hate or harassment',
    verdicts: ['block'],
    ground: {
      kind: 'incompatible',
      reference: 'Terms of use: hate and harassment',
      explanation: 'The picture attacks or degrades a person or a group.',
    },
  },
  {
    code: 'other_violation',
    label: 'Another breach of the terms (say which in the note)',
    verdicts: ['block'],
    ground: {
      kind: 'incompatible',
      reference: 'Terms of use',
      explanation: 'The picture breaks the terms of use.',
    },
  },
  { code: 'not_a_violation', label: 'Breaks no rule', verdicts: ['allow'] },
  { code: 'false_alarm', label: 'Does not show what the machine saw', verdicts: ['allow'] },
  { code: 'acceptable_in_context', label: 'Acceptable where it is shown', verdicts: ['allow'] },
];

/** The policy's own entry for a reason code, where it may be given for this verdict. */
export const knownReason = (
  policy: { document: { reasonCodes: DecisionReason[] } },
  code: string,
  verdict: HumanVerdict,
): DecisionReason | undefined =>
  policy.document.reasonCodes.find((reason) => reason.code === code && reason.verdicts.includes(verdict));
