import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import {
  type DataSource,
  holdersOf,
  lastTrials,
  startTrial,
  stepTrial,
  type StoredTrial,
  type TrialReason,
  type TrialRefusal,
  type TrialStepRefusal,
} from '#libs/database';
import type { TrialEvent } from '#libs/domain';
import { PackError } from '#libs/inference';
import { z } from 'zod';
import { withDatabase } from '../admin/with-database.js';
import { categoriesLost, deepPack, modelsFolder, reviewGaps } from './shadow/packs.js';
import { printed, reportOf } from './shadow/report.js';

const usage = `npm run models:shadow -- <command>
  start <pack> --against <pack> --share 0.1 --by NAME --why TEXT   runs it beside another on a share of the pictures
  status                                                          where the packs stand, and how many workers have them
  report <pack> [--json FILE]                                     what would have changed, under the policy in force
  promote <pack> --by NAME --why TEXT                             it judges in the place of the other, without a restart
  rollback <pack> --by NAME --why TEXT                            the other judges again
  stop <pack> --by NAME --why TEXT                                ends the trial; the pack judges nothing
The pack is a folder in MODELS_DIR of every worker. Put it there, then start its trial: from the next start on a worker
would let it judge.`;

const optionsSchema = z.object({
  against: z.string().optional(),
  share: z.coerce.number().gt(0).max(1).default(0.1),
  by: z.string().trim().min(1).max(200).optional(),
  why: z.string().trim().min(1).max(1000).optional(),
  json: z.string().optional(),
});
type Options = z.infer<typeof optionsSchema>;

/** A command, given the pack that it names. @returns the exit code */
type Command = (dataSource: DataSource, pack: string, options: Options) => Promise<number>;

/** npm run models:shadow. 1 where something refuses, 2 where the command cannot be read. */
export const main = async (args: string[]): Promise<number> => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      against: { type: 'string' },
      share: { type: 'string' },
      by: { type: 'string' },
      why: { type: 'string' },
      json: { type: 'string' },
    },
  });
  const options = optionsSchema.safeParse(values);
  const [name = '', pack = ''] = positionals;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!options.success || !command || (name !== 'status' && pack === '')) {
    console.error(options.success ? usage : `${z.prettifyError(options.error)}\n\n${usage}`);
    return 2;
  }
  try {
    return await withDatabase((dataSource) => command(dataSource, pack, options.data));
  } catch (error) {
    if (!(error instanceof PackError)) throw error;
    console.error(`${error.message}\n(looked for in ${modelsFolder()}; MODELS_DIR names another folder)`);
    return 1;
  }
};

const refusals: Record<TrialRefusal | TrialStepRefusal, string> = {
  on_trial: 'is on trial already',
  promoted: 'judges already, in this version',
  replaced: 'was replaced by another, which was promoted: roll that back instead',
  against_unused:
    'cannot be compared with a pack that judges nothing itself (npm run models:shadow -- status)',
  no_trial: 'has no trial for which this could be done (npm run models:shadow -- status)',
  taken: 'cannot take a place that another pack took already: roll that back first',
};

const start: Command = async (dataSource, name, { against, share, ...who }) => {
  const reason = reasonOf(who);
  if (against === undefined || !reason) return refuse(`Say --against, --by and --why.\n\n${usage}`);
  const [pack, other] = [await deepPack(name), await deepPack(against)];
  const lost = categoriesLost(pack, other);
  if (lost.length > 0) console.warn(`${name} does not score ${lost.join(', ')}: it could not be promoted.`);
  const trial = {
    pack: pack.manifest.name,
    version: pack.manifest.version,
    against: other.manifest.name,
    share,
  };
  const started = await startTrial(dataSource, trial, reason);
  if (!started.ok) return refuse(`${name} ${refusals[started.code]}.`);
  console.log(`${name} ${pack.manifest.version} runs beside ${against} on ${100 * share} % of its pictures.`);
  return tellHolders(dataSource, started.value);
};

const promote: Command = async (dataSource, name, { against: _against, ...who }) => {
  const trial = (await lastTrials(dataSource)).find(({ pack }) => pack === name);
  if (!trial) return refuse(`${name} ${refusals.no_trial}.`);
  const pack = await deepPack(name);
  const gaps = [
    ...(pack.manifest.version === trial.version
      ? []
      : [`version ${pack.manifest.version} is here, ${trial.version} was on trial`]),
    ...categoriesLost(pack, await deepPack(trial.against)).map((category) => `it does not score ${category}`),
    ...(await reviewGaps(name, pack)),
  ];
  if (gaps.length > 0)
    return refuse([`${name} is not promoted:`, ...gaps.map((gap) => `  ${gap}`)].join('\n'));
  const { holders, workers } = await holdersOf(dataSource, trial);
  if (holders < workers)
    return refuse(
      `${name} is not promoted: ${holders} of ${workers} workers have it. Put it into their MODELS_DIR.`,
    );
  return step(dataSource, name, 'promote', who);
};

const step = async (
  dataSource: DataSource,
  name: string,
  event: TrialEvent,
  who: Pick<Options, 'by' | 'why'>,
): Promise<number> => {
  const reason = reasonOf(who);
  if (!reason) return refuse(`Say --by and --why: both are in the audit.`);
  const stepped = await stepTrial(dataSource, name, event, reason);
  if (!stepped.ok) return refuse(`${name} ${refusals[stepped.code]}.`);
  const { against, state } = stepped.value;
  const judging =
    state === 'promoted' ? `${name} judges in the place of ${against}` : `${name} judges nothing`;
  const back = state === 'rolled_back' ? `, and ${against} does again` : '';
  console.log(`${judging}${back}: workers follow within a second or two.`);
  return 0;
};

const status: Command = async (dataSource) => {
  const trials = await lastTrials(dataSource);
  const table = new Table({
    head: ['pack', 'version', 'against', 'share', 'state', 'since', 'by', 'workers that have it'],
    style: { head: [], border: [] },
  });
  for (const trial of trials) {
    const { pack, version, against, share, state, startedAt, endedAt, startedBy } = trial;
    const { holders, workers } = await holdersOf(dataSource, trial);
    const since = (endedAt ?? startedAt).toISOString();
    table.push([
      pack,
      version,
      against,
      share,
      state.replace('_', ' '),
      since,
      startedBy,
      `${holders} of ${workers}`,
    ]);
  }
  console.log(
    trials.length > 0 ? table.toString() : 'No pack was ever on trial: all that workers have judge.',
  );
  return 0;
};

const report: Command = async (dataSource, name, { json }) => {
  const trial = (await lastTrials(dataSource)).find(({ pack }) => pack === name);
  if (!trial) return refuse(`${name} ${refusals.no_trial}.`);
  const made = await reportOf(dataSource, trial);
  if (json !== undefined) await writeFile(json, `${JSON.stringify(made, null, 2)}\n`);
  console.log(printed(made));
  return 0;
};

const tellHolders = async (dataSource: DataSource, trial: StoredTrial): Promise<number> => {
  const { holders, workers } = await holdersOf(dataSource, trial);
  if (holders < workers || workers === 0)
    console.log(
      `${holders} of ${workers} workers have it now. Those that find it in their MODELS_DIR open it within half a minute: ask by status.`,
    );
  return 0;
};

const reasonOf = ({ by, why }: Pick<Options, 'by' | 'why'>): TrialReason | undefined =>
  by !== undefined && why !== undefined ? { by, why } : undefined;

const refuse = (why: string): number => {
  console.error(why);
  return 1;
};

const commands: Record<string, Command> = {
  start,
  status,
  report,
  promote,
  rollback: (dataSource, name, options) => step(dataSource, name, 'roll_back', options),
  stop: (dataSource, name, options) => step(dataSource, name, 'stop', options),
};
