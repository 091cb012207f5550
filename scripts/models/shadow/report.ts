import Table from 'cli-table3';
import {
  currentPolicyVersions,
  type DataSource,
  defaultPolicyName,
  readShadowed,
  type StoredTrial,
} from '#libs/database';
import { type Estimate, verdicts } from '#libs/domain';
import { checkedPolicy } from '#libs/policies';
import { type Comparison, VerdictComparison } from './compare-verdicts.js';

export interface TrialReport extends Comparison {
  trial: Pick<StoredTrial, 'pack' | 'version' | 'against' | 'share' | 'state'> & { startedAt: string };
  /** by which verdicts were compared: the one in force */
  policy: { name: string; version: number };
}

/** What would have changed with the pack on trial, under the policy in force. */
export const reportOf = async (dataSource: DataSource, trial: StoredTrial): Promise<TrialReport> => {
  const versions = await currentPolicyVersions(dataSource);
  const policy = checkedPolicy(versions.find(({ name }) => name === defaultPolicyName)!);
  const comparison = new VerdictComparison(policy, trial.against);
  const { pack, version, against, share, state, startedAt } = trial;
  await readShadowed(dataSource, { pack, version, since: startedAt }, (contents) => {
    for (const each of contents) comparison.add(each);
  });
  return {
    trial: { pack, version, against, share, state, startedAt: startedAt.toISOString() },
    policy: { name: policy.name, version: policy.version },
    ...comparison.result(),
  };
};

const percent = (value: number): string => `${(100 * value).toFixed(2)} %`;
const withInterval = (estimate: Estimate | undefined): string =>
  estimate ? `${percent(estimate.value)} (${percent(estimate.lower)} – ${percent(estimate.upper)})` : '—';

const table = (head: string[], rows: (string | number)[][]): string => {
  const made = new Table({ head, style: { head: [], border: [] } });
  made.push(...rows);
  return made.toString();
};

export const printed = (report: TrialReport): string => {
  const { trial, policy, contents, unpaired, confusion, flips, bySurface, changes } = report;
  return [
    `${trial.pack} ${trial.version} beside ${trial.against}, ${percent(trial.share)} of its pictures since ${trial.startedAt}; policy ${policy.name} ${policy.version}`,
    `${contents} pictures${unpaired > 0 ? `, and ${unpaired} that ${trial.against} has no scores of` : ''}. Another verdict: ${withInterval(flips)} (95 %)`,
    table(
      ['now \\ with it', ...verdicts],
      verdicts.map((now) => [now, ...verdicts.map((then) => confusion[now][then])]),
    ),
    table(
      ['surface', 'pictures', 'another verdict'],
      bySurface.map((each) => [each.surface, each.contents, withInterval(each.flips)]),
    ),
    table(
      ['category', 'pictures', 'mean change of the score', 'largest'],
      changes.map((each) => [each.category, each.count, each.mean.toFixed(4), each.largest.toFixed(4)]),
    ),
  ].join('\n\n');
};
