import { fileURLToPath } from 'node:url';
import type { Pixels } from '#libs/domain';
import { HammingIndex, hexOf, pdqHash, PdqHasher } from '#libs/hash-list';
import { decode, defaultImageLimits, inspect } from '#libs/images';
import { smallPhotos } from './load/pictures.js';
import { atMost, type BenchRow, figure, percentile, report } from './report.js';

const wordsPerHash = 8;
const indexedHashes = 1_000_000;
const queries = 4_000;
const nearDistance = 31;
const megabyte = 1_000_000;

/** What perceptual hashing costs beyond decoding, and the near-match search among a million hashes. */
export const hashingRows = async (): Promise<BenchRow[]> => [
  ...(await pdqRows()),
  ...(await nearMatchRows()),
];

const cpuMsPer = async (times: number, work: (turn: number) => unknown): Promise<number> => {
  const before = process.cpuUsage();
  for (let turn = 0; turn < times; turn++) await work(turn);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000 / times;
};

const pixelsOf = async (bytes: Buffer): Promise<Pixels> => {
  const facts = await inspect(bytes, defaultImageLimits);
  if (!facts.ok) throw new Error(facts.detail);
  const decoded = await decode(bytes, facts.value, { minShortSide: 896, sampledFrames: 1 });
  if (!decoded.ok) throw new Error(decoded.detail);
  return decoded.value.views[0]!;
};

const pdqRows = async (): Promise<BenchRow[]> => {
  const photos = await smallPhotos();
  const rounds = 10 * photos.length;
  await cpuMsPer(photos.length, (turn) => pixelsOf(photos[turn]!));
  const decodeMs = await cpuMsPer(rounds, (turn) => pixelsOf(photos[turn % photos.length]!));

  const pixels = await Promise.all(photos.map(pixelsOf));
  const hasher = new PdqHasher();
  const inThread = async (turn: number): Promise<void> => {
    const slot = turn % pixels.length;
    pixels[slot] = (await hasher.hash(pixels[slot]!)).pixels;
  };
  await cpuMsPer(pixels.length, inThread);
  const threadMs = await cpuMsPer(rounds, inThread);
  await hasher.close();
  const inlineMs = await cpuMsPer(rounds, (turn) => pdqHash(pixels[turn % pixels.length]!));
  return [
    figure('guard and decode, ~500x375', 'CPU ms', decodeMs),
    atMost('PDQ beyond the decode, in its thread', 'CPU ms', threadMs, 2),
    figure('PDQ without the thread', 'CPU ms', inlineMs),
  ];
};

const nearMatchRows = async (): Promise<BenchRow[]> => {
  const hashes = randomHashes(indexedHashes);
  const residentBefore = process.memoryUsage().rss;
  const start = performance.now();
  const index = await HammingIndex.build(hashes);
  const buildSeconds = (performance.now() - start) / 1_000;
  const residentMb = (process.memoryUsage().rss - residentBefore) / megabyte;

  const wallMs: number[] = [];
  const cpuMs: number[] = [];
  for (let turn = 0; turn < queries; turn++) {
    // every other query is a copy as far away as counts, the rest strangers
    const query = turn % 2 === 0 ? hexOf(randomHashes(1)) : copyOf(hashes, turn);
    const cpu = process.cpuUsage();
    const from = performance.now();
    const matches = index.within(query, nearDistance);
    wallMs.push(performance.now() - from);
    const { user, system } = process.cpuUsage(cpu);
    cpuMs.push((user + system) / 1_000);
    if (turn % 2 === 1 && !matches.some((match) => match.index === turn))
      throw new Error(`the index did not find hash ${turn}`);
  }
  return [
    atMost('near match among 1 000 000, p99', 'ms', percentile(wallMs, 0.99), 2),
    atMost('near match among 1 000 000, p99 of its CPU time', 'CPU ms', percentile(cpuMs, 0.99), 2),
    figure('near match among 1 000 000, median', 'ms', percentile(wallMs, 0.5)),
    atMost('index of 1 000 000, built in', 's', buildSeconds, 10),
    atMost('index of 1 000 000, memory', 'MB', residentMb, 150),
  ];
};

/** Filled in place, as garbage would blur the memory that the index takes. */
const randomHashes = (count: number): Uint32Array => {
  const words = new Uint32Array(count * wordsPerHash);
  for (let at = 0; at < words.length; at++) words[at] = Math.random() * 2 ** 32;
  return words;
};

/** The hash with 31 different bits flipped. */
const copyOf = (hashes: Uint32Array, row: number): string => {
  const words = hashes.slice(row * wordsPerHash, (row + 1) * wordsPerHash);
  for (let step = 0; step < nearDistance; step++) {
    const bit = (row + step * 97) % 256;
    words[bit >> 5]! ^= 1 << (bit & 31);
  }
  return hexOf(words);
};

if (process.argv[1] === fileURLToPath(import.meta.url)) report('hashing', await hashingRows());
