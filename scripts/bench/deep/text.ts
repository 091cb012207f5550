import { readFile } from 'node:fs/promises';
import { proportionOf } from '#libs/domain';
import {
  photosByContacts,
  templatesOf,
  type TextFamily,
  textRender,
  type TextRender,
} from '../../renders/text-renders.js';
import { atMost, type BenchRow, figure, mean } from '../report.js';
import { type TextLook, TextLooks } from './text-looks.js';

/** From this score on, `spam/contact` counts as found: what the default policy reviews. */
const threshold = 0.5;
/** The rules were written with renders of lower seeds. */
const firstSeed = 100_000;
const threads = 2;
const mostFalseAlarms = 2;

interface Looked {
  /** empty for a photo, on which nobody wrote */
  written: string[];
  kind: string;
  look: TextLook;
  cpuMs: number;
}

/**
 * How much contact information over pictures is found, by kind, and on how many benign captions and photos the detector is
 * wrong: on renders of the project, with templates that the rules were written with and with others that they were not.
 * Percentages stand with their Wilson 95 % intervals.
 */
export const textRows = async (isQuick: boolean): Promise<BenchRow[]> => {
  const looks = await TextLooks.open(threads);
  try {
    const rounds = isQuick ? 1 : 8;
    const contacts = await lookAtRenders(looks, 'contacts', rounds);
    const captions = await lookAtRenders(looks, 'captions', rounds);
    const otherContacts = await lookAtRenders(looks, 'held-out contacts', rounds);
    const otherCaptions = await lookAtRenders(looks, 'held-out captions', rounds);
    const photos = photosByContacts();
    const bare = await lookAtPhotos(looks, photos.without.slice(0, isQuick ? 20 : undefined));
    const signed = await lookAtPhotos(looks, photos.with);
    return [
      ...shares('contacts found', contacts),
      ...kindsOf(contacts).map((kind) => figure(`contacts found: ${kind}`, '%', share(contacts, kind))),
      ...shares('contacts found, held-out templates', otherContacts),
      ...falseAlarms('false alarms, captions', captions),
      ...falseAlarms('false alarms, held-out captions', otherCaptions),
      ...(bare.length > 0 ? falseAlarms('false alarms, photos', bare) : []),
      ...(signed.length > 0
        ? [figure(`found of ${signed.length} photos that show an address`, '', signed.filter(isFound).length)]
        : []),
      figure('overlays read to the letter, spaces aside', '%', readShare([...contacts, ...otherContacts])),
      figure(
        'CPU a picture, decoding included',
        'ms',
        mean([...contacts, ...captions].map(({ cpuMs }) => cpuMs)),
      ),
    ];
  } finally {
    await looks.close();
  }
};

const lookAtRenders = async (looks: TextLooks, family: TextFamily, rounds: number): Promise<Looked[]> => {
  const photos = photosByContacts().without;
  const looked: Looked[] = [];
  for (let number = 0; number < rounds * templatesOf(family); number += threads) {
    const seeds = Array.from({ length: threads }, (_, index) => firstSeed + number + index);
    const renders = await Promise.all(seeds.map((seed) => textRender(family, seed, photos)));
    looked.push(...(await lookAtEach(looks, renders)));
  }
  return looked;
};

const lookAtPhotos = async (looks: TextLooks, photos: string[]): Promise<Looked[]> => {
  const looked: Looked[] = [];
  for (const photo of photos)
    looked.push(...(await lookAtEach(looks, [{ bytes: await readFile(photo), kind: 'photo', lines: [] }])));
  return looked;
};

/** Side by side; the CPU time of this process is theirs, in equal parts. */
const lookAtEach = async (
  looks: TextLooks,
  pictures: Pick<TextRender, 'bytes' | 'kind' | 'lines'>[],
): Promise<Looked[]> => {
  const before = process.cpuUsage();
  const seen = await Promise.all(pictures.map(({ bytes }) => looks.lookAt(bytes)));
  const { user, system } = process.cpuUsage(before);
  const cpuMs = (user + system) / 1_000 / pictures.length;
  return pictures.map(({ kind, lines }, index) => ({ written: lines, kind, look: seen[index]!, cpuMs }));
};

const isFound = ({ look }: Looked): boolean => look.score >= threshold;
const kindsOf = (looked: Looked[]): string[] => [...new Set(looked.map(({ kind }) => kind))];

const share = (looked: Looked[], kind: string): number => {
  const ofKind = looked.filter((each) => each.kind === kind);
  return (100 * ofKind.filter(isFound).length) / ofKind.length;
};

const shares = (name: string, looked: Looked[]): BenchRow[] => {
  const { value, lower, upper } = proportionOf(looked.filter(isFound).length, looked.length)!;
  return [
    figure(`${name} (of ${looked.length})`, '%', 100 * value),
    figure(`${name}, at least`, '%', 100 * lower),
    figure(`${name}, at most`, '%', 100 * upper),
  ];
};

const falseAlarms = (name: string, looked: Looked[]): BenchRow[] => {
  const [value, ...bounds] = shares(name, looked);
  return [atMost(value!.name, '%', value!.value, mostFalseAlarms), ...bounds];
};

const letters = (lines: string[]): string => lines.join('').replaceAll(/\s/g, '').toLowerCase();

/** Backgrounds may say something too. */
const readShare = (looked: Looked[]): number =>
  (100 * looked.filter(({ written, look }) => letters(look.lines).includes(letters(written))).length) /
  looked.length;
