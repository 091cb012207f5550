import { becomesContent } from '../poison/poison.js';
import type { PoisonBook } from '../poison/poisoner.js';
import type { FaultLog } from '../faults/fault-log.js';
import type { ClientUpload } from './client-view.js';
import type { LettersCheck } from './dead-letters.js';
import { type Expected, expectedOf } from './expected.js';
import type { LedgerContent } from './ledger-view.js';
import { explainLostAllows } from './lost-allows.js';

/** What is compared: the client's log, and what databases, store and bus hold. */
export interface Evidence {
  uploads: ClientUpload[];
  contents: LedgerContent[];
  badBlobs: string[];
  letters: LettersCheck;
  poison: PoisonBook;
  faults: FaultLog;
  bus: 'kafka' | 'postgres';
  /** nothing was broken, apps were only restarted in order: no request may fail but by a 503 */
  onlyRestarts: boolean;
}

/** A rule, and everything that breaks it. */
export interface Check {
  name: string;
  /** what a broken one means: something is gone, or there twice; or another promise is broken */
  kind: 'lost' | 'duplicated' | 'wrong';
  broken: string[];
}

export interface Reconciliation {
  checks: Check[];
  counts: { name: string; value: number }[];
}

/** The rule that only holds where nothing else was broken. */
export const failedWhileRestarted = 'a request failed, and not by a 503, while apps were restarted';

type Answered = ClientUpload & { answer: NonNullable<ClientUpload['answer']> };
interface Pair {
  upload: Answered;
  expected: Expected;
  rows: LedgerContent[];
}

/** Pure: the end of a run in rules and numbers. */
export const reconcile = (evidence: Evidence): Reconciliation => {
  const { uploads, contents, badBlobs, letters, poison, faults, bus, onlyRestarts } = evidence;
  const answered = uploads.filter((each): each is Answered => each.answer !== undefined);
  const rowsOf = byReference(contents);
  const pairs = answered.map((upload): Pair => ({
    upload,
    expected: expectedOf(upload, upload.answer),
    rows: rowsOf.get(upload.begun.reference) ?? [],
  }));
  // An allow that was final is only counted; everything else had to be durable before the answer.
  const counted = pairs.filter(({ upload }) => isPlainAllow(upload));
  const promised = pairs.filter(({ upload }) => !isPlainAllow(upload));
  const lostAllows = counted.filter(({ rows }) => rows.length === 0).map(({ upload }) => upload);
  const allows = explainLostAllows(lostAllows, uploads, faults, bus);
  const known = [...promised, ...counted].filter(({ rows }) => rows.length === 1);

  const checks: Check[] = [
    lost(
      'an upload was never answered, also after all faults',
      names(uploads.filter((each) => !each.answer)),
    ),
    lost('told review or block, an audit sample or accepted for later: no content', without(promised, 0)),
    lost(
      'the same without a verdict that holds',
      broken(known, ({ rows: [row] }) => row!.verdict === null),
    ),
    lost('a review that the deep tier did not settle, or a sample, has no case', caseless(known)),
    lost('an allow is missing beyond the bound for ended gateways', allows.unexplained),
    lost('the picture of a stored content is missing or another', badBlobs),
    lost('a content that a person or an appeal may need has no picture', pictureless(promised)),
    lost('poison is not in the dead letters', letters.missing),
    lost('poison that the ledger took has no case', poisonWithoutCase(poison, contents)),
    twice('an upload has two contents', without([...promised, ...counted], 2)),
    twice('a content has two cases', casesTwice(contents)),
    twice('a content has more verdicts than tiers that judged it', tooManyVerdicts(known)),
    twice('the same request was answered under two ids', names(uploads.filter(hasTwoIds))),
    twice('something else than poison is in the dead letters', letters.others),
    wrong('the answer is another than the picture says', names(answered.filter(isMisjudged))),
    wrong('the verdict that holds is another than the picture says', broken(known, holdsOther)),
    wrong('the id in the answer is another than the ledger’s', broken(known, hasOtherId)),
    wrong(
      'final although a person is to come, or not final although nobody is',
      broken(known, isWronglyFinal),
    ),
    wrong(
      'a case that nobody asked for',
      broken(known, ({ expected, rows }) => !expected.hasCase && rows[0]!.cases.length > 0),
    ),
    wrong('an upload waits with the case of another picture', attachedUploads(known)),
    wrong('a content that nobody uploaded', strangers(contents, uploads, poison)),
    wrong('a process did not end in order when it was asked to', faults.roughEnds),
    wrong('not everything was ready again after a fault', unhealed(faults)),
    wrong('refused for good: an error that no retry mends', names(uploads.filter(isRefused))),
  ];
  if (onlyRestarts) checks.push(wrong(failedWhileRestarted, names(uploads.filter(isBroken))));
  const attempts = uploads.flatMap((each) => each.attempts);
  const counts = [
    count('uploads', uploads.length),
    count('requests', attempts.length),
    count('answered 503', attempts.filter(({ status }) => status === 503).length),
    count('requests without an answer', attempts.filter(({ status }) => status === null).length),
    count('callers who gave up and came back', uploads.filter(({ gaveUp }) => gaveUp).length),
    count('told review or block', promised.filter(({ upload }) => isFlagged(upload)).length),
    count(
      'audit samples',
      promised.filter(({ upload }) => upload.answer.verdict === 'allow' && upload.begun.surface === 'default')
        .length,
    ),
    count('accepted for later', promised.filter(({ upload }) => upload.answer.verdict === null).length),
    count('plain allows', counted.length),
    count('plain allows that the ledger lacks', allows.lost),
    count('… may lack, by what the ended gateways held', allows.bound),
    count('contents in the ledger', contents.length),
    count(
      'cases',
      contents.reduce((sum, { cases }) => sum + cases.length, 0),
    ),
    count('poison messages', poison.sure.length),
    count('… of which nobody knows whether the bus took them', poison.perhaps.length),
  ];
  return { checks, counts };
};

const byReference = (contents: LedgerContent[]): Map<string | null, LedgerContent[]> => {
  const rows = new Map<string | null, LedgerContent[]>();
  for (const content of contents) {
    const others = rows.get(content.reference);
    if (others) others.push(content);
    else rows.set(content.reference, [content]);
  }
  return rows;
};

const lost = (name: string, broken: string[]): Check => ({ name, kind: 'lost', broken });
const twice = (name: string, broken: string[]): Check => ({ name, kind: 'duplicated', broken });
const wrong = (name: string, broken: string[]): Check => ({ name, kind: 'wrong', broken });
const count = (name: string, value: number): { name: string; value: number } => ({ name, value });

const names = (uploads: ClientUpload[]): string[] => uploads.map(({ begun }) => begun.reference);

const isPlainAllow = ({ answer }: Answered): boolean => answer.verdict === 'allow' && answer.final;
const isFlagged = ({ answer }: Answered): boolean =>
  answer.verdict === 'review' || answer.verdict === 'block';

/** @param rows 0: those without a row; 2: those with more than one */
const without = (pairs: Pair[], rows: 0 | 2): string[] =>
  broken(pairs, (pair) => (rows === 0 ? pair.rows.length === 0 : pair.rows.length > 1));

const broken = (pairs: Pair[], isBroken: (pair: Pair) => boolean): string[] =>
  pairs
    .filter(isBroken)
    .map(({ upload, rows }) => `${upload.begun.reference} (${rows.map(shown).join('; ')})`);

const shown = ({ id, verdict, tier, final, cases, history }: LedgerContent): string =>
  `${id} ${verdict} by ${tier}, final ${final}, ${cases.length} cases, ${history.map(({ key }) => key).join(' ')}`;

const caseless = (pairs: Pair[]): string[] =>
  broken(pairs, ({ expected, rows }) => expected.hasCase && rows[0]!.cases.length === 0);

const pictureless = (pairs: Pair[]): string[] =>
  broken(pairs, ({ rows }) => rows.length === 1 && rows[0]!.blobKey === null);

/** The spoilt picture is the same each time: the first has the case, and the others wait with it. */
const poisonWithoutCase = ({ sure }: PoisonBook, contents: LedgerContent[]): string[] => {
  const cases = new Map(contents.map(({ id, cases, isAttached }) => [id, cases.length + Number(isAttached)]));
  return sure.filter((each) => becomesContent(each) && cases.get(each.contentId) !== 1).map(({ id }) => id);
};

const casesTwice = (contents: LedgerContent[]): string[] =>
  contents.filter(({ cases }) => cases.length > 1).map(({ id }) => id);

const tooManyVerdicts = (pairs: Pair[]): string[] =>
  broken(pairs, ({ expected, rows }) => rows[0]!.history.length > expected.verdicts);

const hasTwoIds = ({ attempts }: ClientUpload): boolean =>
  new Set(attempts.flatMap(({ answer }) => (answer ? [answer.id] : []))).size > 1;

const isMisjudged = ({ begun, answer }: Answered): boolean =>
  answer.verdict !== (begun.mode === 'async' ? null : begun.fast);

const holdsOther = ({ expected, rows: [row] }: Pair): boolean =>
  row!.verdict !== null && (row!.verdict !== expected.verdict || row!.tier !== expected.tier);

const hasOtherId = ({ upload, rows: [row] }: Pair): boolean => row!.id !== upload.answer.id;

const isWronglyFinal = ({ expected, rows: [row] }: Pair): boolean => row!.final === expected.hasCase;

/** Uploads are of pictures no two of which are alike. */
const attachedUploads = (known: Pair[]): string[] => broken(known, ({ rows: [row] }) => row!.isAttached);

const strangers = (contents: LedgerContent[], uploads: ClientUpload[], poison: PoisonBook): string[] => {
  const references = new Set(uploads.map(({ begun }) => begun.reference));
  const poisoned = new Set([...poison.sure, ...poison.perhaps].map(({ contentId }) => contentId));
  return contents
    .filter(({ id, reference }) => !references.has(reference ?? '') && !poisoned.has(id))
    .map(({ id }) => id);
};

const unhealed = ({ faults }: FaultLog): string[] =>
  faults.filter(({ recoveredAt }) => recoveredAt === null).map(({ what }) => what);

const isRefused = ({ attempts }: ClientUpload): boolean =>
  attempts.some(({ status }) => status !== null && ![200, 202, 503].includes(status));

/** Nobody there, or gone before there was an answer. */
const isBroken = ({ attempts }: ClientUpload): boolean => attempts.some(({ status }) => status === null);
