import Table from 'cli-table3';
import pc from 'picocolors';
import { tiers, type Verdict, verdicts } from '#libs/domain';
import type { Outcome } from './outcome.js';

/** Only the lines that separate something, and no colour codes of its own where the output is no terminal. */
const layout = {
  style: { head: [], border: [] },
  chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
};

const colours: Record<Verdict, (text: string) => string> = {
  allow: pc.green,
  review: pc.yellow,
  block: pc.red,
};
const coloured = (verdict: Verdict | null): string => (verdict === null ? '' : colours[verdict](verdict));

/** Verdicts by the tier that gave them: where the pictures stand now. */
export const tierTable = (outcomes: Outcome[]): string => {
  const table = new Table({
    head: ['tier', ...verdicts.map(coloured), 'median answer'],
    colAligns: ['left', 'right', 'right', 'right', 'right'],
    ...layout,
  });
  for (const tier of tiers.slice(0, 3)) {
    const given = outcomes.filter(({ record }) => record.tier === tier);
    const counts = verdicts.map((verdict) => count(given.filter(({ record }) => record.verdict === verdict)));
    table.push([tier, ...counts, medianAnswer(given)]);
  }
  return table.toString();
};

/** One line a picture: what the upload service heard at once, and what became of it. */
export const exampleTable = (outcomes: Outcome[]): string => {
  const table = new Table({
    head: ['picture', 'surface', 'answered at once', 'because of', 'now'],
    ...layout,
  });
  for (const { picture, answer, record } of outcomes) {
    table.push([
      picture.name.replace(/^n\d+_|\.JPEG$/g, ''),
      picture.surface,
      `${coloured(answer.verdict)} ${pc.dim(`${answer.tier}, ${answer.timings.totalMs.toFixed(0)} ms`)}`,
      reasonOf(record),
      record.final
        ? `${coloured(record.verdict)} ${pc.dim(record.tier ?? '')}`
        : pc.yellow('waits for a person'),
    ]);
  }
  return table.toString();
};

/** A few of every kind, so that each way through the tiers is seen. */
export const examples = (outcomes: Outcome[], each = 3): Outcome[] => {
  const seen = new Map<string, number>();
  return outcomes.filter(({ answer, record }) => {
    const kind = [answer.tier, answer.verdict, record.tier, record.verdict].join();
    const before = seen.get(kind) ?? 0;
    seen.set(kind, before + 1);
    return before < each;
  });
};

/** The reason that weighs most, or else the highest score: what came closest to a reason. */
const reasonOf = ({ history }: Outcome['record']): string => {
  const last = history.at(-1);
  const [reason] = last?.reasons ?? [];
  if (reason?.kind === 'hash') return `hash bank ${reason.bank}, distance ${reason.distance}`;
  if (reason?.kind === 'decision') return `a person's decision, distance ${reason.distance}`;
  if (reason) return `${reason.category} ${reason.score.toFixed(2)} ≥ ${reason.threshold}`;
  const [top] = Object.entries(last?.categories ?? {}).sort(([, a], [, b]) => b.score - a.score);
  return top ? pc.dim(`nothing; highest ${top[0]} ${top[1].score.toFixed(2)}`) : '';
};

const count = (some: unknown[]): string => (some.length === 0 ? pc.dim('·') : String(some.length));

const medianAnswer = (outcomes: Outcome[]): string => {
  const times = outcomes.map(({ answer }) => answer.timings.totalMs).sort((a, b) => a - b);
  const median = times[Math.floor(times.length / 2)];
  return median === undefined ? '' : `${median.toFixed(1)} ms`;
};
