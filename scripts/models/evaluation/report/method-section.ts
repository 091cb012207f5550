import { calibrationFolds } from '../calibration/calibration-report.js';
import type { Evaluation } from '../evaluation.js';
import { defaultBootstrap } from '../metrics/bootstrap.js';
import { calibrationBins } from '../metrics/calibration-error.js';
import { fewestCases } from '../metrics/fewest-cases.js';
import { type Block, heading, list, table } from './blocks.js';

/** How the figures came about: what anybody needs to doubt them, or to find them again. */
export const methodSection = ({ packs, machine, policy, prices }: Evaluation): Block[] => [
  heading(2, 'How this was measured'),
  list([
    'All intervals are two-sided at 95 %.',
    'Area under the ROC curve: DeLong, DeLong and Clarke-Pearson (1988) by mid-ranks (Sun and Xu, 2014), on the logit scale; where the classes are perfectly told apart, Newcombe’s method 5 (2006).',
    'Recall, precision, specificity, false positive rate: Wilson’s score interval (1927).',
    `Average precision, F1, ECE, Brier: stratified percentile bootstrap, ${defaultBootstrap.resamples} resamples, seed ${defaultBootstrap.seed}; “no interval” where every resample gave the same, which makes nothing certain.`,
    'Precision in the traffic: Bayes’ theorem at the price table’s prevalence; its bounds are those of recall and false positive rate at their worst and at their best together, so rather wide.',
    `Fewer than ${fewestCases} pictures that show a category, or that do not: no rates are given.`,
    `ECE: expected calibration error over ${calibrationBins} bins of equal width. Of few pictures it comes out too high, since noise counts as error.`,
    `Calibrations start from the sum of a category’s label probabilities; out of fold: fitted on ${calibrationFolds - 1} of ${calibrationFolds} stratified folds, measured on the other.`,
    'Cost-optimal lines are the best on the whole data; cross-validated: chosen on four fifths, paid for on the other. Whoever reviews is taken to be right.',
    'The best F1 is the highest of all thresholds on these very data, and so flatters a little.',
    'A data set is not the world: pictures that nobody gathered, drift and people who try to deceive the model are not in it. Audit samples are.',
    `Policy: ${policy.name}, version ${policy.version}. Prices: ${prices.source} (as of ${prices.asOf}).`,
    `Machine: ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.platform}, Node ${machine.node}.`,
  ]),
  table(
    'Which files these were',
    ['pack', 'sha256 of the graph', 'source'],
    packs.map(({ name, version, sha256, source }) => [`${name} ${version}`, sha256, source]),
  ),
];
