import { parseArgs } from 'node:util';
import pLimit from 'p-limit';
import pc from 'picocolors';
import { withJpegComment } from '../../test/fixtures/pictures.js';
import { GatewayClient } from '../client/sluice-client.js';
import { waitFor } from '../client/wait-for.js';
import { Progress } from '../start/progress.js';
import { findRunning, type Running, runningOf } from '../start/running-file.js';
import { runSystem } from '../start/run-system.js';
import { readSettings } from '../start/settings.js';
import { type Decided, decideCases } from './decide-cases.js';
import { type Outcome, submit } from './outcome.js';
import { samplePictures } from './sample-pictures.js';
import { examples, exampleTable, tierTable } from './tables.js';

/** Uploads in flight at once: enough to keep a small machine busy, few enough that each answer's time means something. */
const inFlight = 4;
const knownLimitMs = 10_000;

/**
 * npm run demo [-- --photos FOLDER]: sends pictures through the three tiers and shows what each concluded. Uses the
 * system that `npm start` runs, or starts one for as long as it takes.
 */
export const main = async (args: string[]): Promise<number> => {
  const { values } = parseArgs({ args, options: { photos: { type: 'string' } } });
  const settings = readSettings([]);
  const running = await findRunning(settings.dataDir);
  if (running) {
    await demo(running, values.photos);
    return 0;
  }
  console.log('No system is running: starting one for the demo.');
  return runSystem(settings, new Progress(), (started) => demo(runningOf(started), values.photos));
};

const demo = async (running: Running, folder: string | undefined): Promise<void> => {
  const gateway = new GatewayClient(running.gateway, running.apiKey);
  const pictures = await samplePictures(folder);
  console.log(`\nSending ${pictures.length} pictures …`);
  const limit = pLimit(inFlight);
  const outcomes = await Promise.all(pictures.map((picture) => limit(() => submit(gateway, picture))));
  console.log(`\n${pc.bold('Verdicts by tier')}, once the models are done\n${tierTable(outcomes)}`);
  console.log(`\n${pc.bold('Some of them')}\n${exampleTable(examples(outcomes))}`);
  const decided = await decideCases(running.review, running.logins[0]!, outcomes);
  console.log(`\n${pc.bold('A moderator decided')}`);
  if (decided.length === 0) console.log('  nothing: no picture of the demo waits for a person');
  for (const each of decided) await showKnown(gateway, each);
};

/** The same bytes again, and a copy that only looks the same: who inherits the decision? */
const showKnown = async (gateway: GatewayClient, { outcome, verdict, reason }: Decided): Promise<void> => {
  const { name, surface, bytes } = outcome.picture;
  console.log(`  ${verdict} for ${name}, shown on "${surface}" (${reason})`);
  const again = await waitFor('the gateway to learn the decision', knownLimitMs, async () => {
    const answer = await gateway.moderate({ bytes, surface });
    return answer.tier === 'known' ? answer : undefined;
  });
  console.log(`    the same bytes again:         ${describe(again)}`);
  const nearCopy = withJpegComment(bytes, `copied ${new Date().toISOString()}`);
  console.log(
    `    same picture in other bytes:  ${describe(await gateway.moderate({ bytes: nearCopy, surface }))}`,
  );
};

const describe = ({ verdict, tier, timings }: Outcome['answer']): string =>
  `${verdict}, tier ${tier}, ${timings.totalMs.toFixed(1)} ms`;
