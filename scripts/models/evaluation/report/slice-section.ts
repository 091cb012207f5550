import type { Evaluation } from '../evaluation.js';
import type { SliceRates, SliceReport } from '../evaluate-slices.js';
import { type Block, heading, table, text } from './blocks.js';
import { percentWithInterval } from './format.js';

/** Whether a pack serves every part of the data alike. */
export const sliceSection = ({ packs, data }: Evaluation): Block[] => {
  if (data.columns.length === 0)
    return [
      heading(2, 'Parts of the data'),
      text(
        'The data name no parts to compare. Further fields in its lines (where a picture comes from, who is in it) would show whether error rates are uneven.',
      ),
    ];
  const rows = packs.flatMap(({ name, slices }) => slices.filter(isTold).map((slice) => row(name, slice)));
  const flagged = packs.flatMap(({ slices }) => slices).filter(({ differs }) => differs.length > 0).length;
  return [
    heading(2, 'Parts of the data'),
    text(
      `By ${data.columns.join(', ')}, at the policy’s first line. Each part against all the rest; ${flagged === 0 ? 'nowhere do' : `in ${flagged} place${flagged === 1 ? '' : 's'}`} the 95 % intervals ${flagged === 0 ? 'lie apart' : 'lie apart, which is marked ▲'}. ` +
        'Parts with fewer than ten pictures on a side are not compared.',
    ),
    ...(rows.length === 0
      ? []
      : [
          table(
            'Error rates by part',
            ['pack', 'category', 'part', 'recall', 'elsewhere', 'false positive rate', 'elsewhere', ''],
            rows,
          ),
        ]),
  ];
};

const isTold = ({ inside, outside }: SliceReport): boolean =>
  Boolean((inside.recall && outside.recall) || (inside.falsePositiveRate && outside.falsePositiveRate));

const row = (pack: string, { category, column, value, inside, outside, differs }: SliceReport): string[] => [
  pack,
  category,
  `${column} = ${value}`,
  ...rates(inside, outside),
  differs.length > 0
    ? `▲ ${differs.map((rate) => (rate === 'recall' ? 'recall' : 'false alarms')).join(', ')}`
    : '',
];

const rates = (inside: SliceRates, outside: SliceRates): string[] => [
  percentWithInterval(inside.recall),
  percentWithInterval(outside.recall),
  percentWithInterval(inside.falsePositiveRate),
  percentWithInterval(outside.falsePositiveRate),
];
