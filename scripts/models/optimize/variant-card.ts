import { stat } from 'node:fs/promises';
import type { ModelPack } from '#libs/inference';
import { bytesInAMegabyte } from '../adding/limits.js';
import type { Comparison } from './comparison.js';

/** What a variant is, measured beside its parent: [what, how much]. */
export const comparisonRows = async (
  parent: ModelPack,
  variant: ModelPack,
  { pictures, flips, largestChange, meanChange, topChanged, cpuMs }: Comparison,
): Promise<[string, string][]> => {
  const [before, after] = await Promise.all([sizeOf(parent), sizeOf(variant)]);
  return [
    [
      'size',
      `${after.toFixed(1)} MB, the parent ${before.toFixed(1)} MB: ${(after / before).toFixed(2)} of it`,
    ],
    [
      'CPU of a look',
      `${cpuMs.variant.toFixed(1)} ms, the parent ${cpuMs.parent.toFixed(1)} ms: ` +
        `${(cpuMs.variant / cpuMs.parent).toFixed(2)} of it (medians, taking turns, resize included)`,
    ],
    ['change of a category’s score', `largest ${largestChange.toFixed(4)}, mean ${meanChange.toFixed(5)}`],
    ['another most probable label', `${(topChanged * 100).toFixed(1)} % of ${pictures} pictures`],
    [
      'another verdict under the default policy',
      `${flips.length} of ${pictures} pictures${doubt(flips, pictures)}`,
    ],
  ];
};

/** Rule of three (Hanley and Lippman-Hand, 1983): none among n is at most 3 / n, with 95 % confidence. */
const doubt = (flips: string[], pictures: number): string =>
  flips.length > 0 ? `: ${flips.join(', ')}` : `, so that up to ${(300 / pictures).toFixed(1)} % may`;

const sizeOf = async ({ graph }: ModelPack): Promise<number> => (await stat(graph)).size / bytesInAMegabyte;

export const variantCard = (
  parent: ModelPack,
  variant: ModelPack,
  made: string,
  rows: [string, string][],
): string => `# ${variant.manifest.name}

| | |
|---|---|
| parent | ${parent.manifest.name} ${parent.manifest.version}, whose card says what it is for and what it cannot |
| how made | ${made} (\`npm run models:optimize\`) |
${rows.map(([what, how]) => `| ${what} | ${how} |`).join('\n')}

The comparison is over pictures that it was not calibrated with. Where scores lie close to a threshold of yours, compare
again on your own pictures: \`npm run models:evaluate\`.
`;
