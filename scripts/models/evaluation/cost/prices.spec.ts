import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { costPerMillion, mistakeCosts, readPrices, shippedPrices } from './prices.js';

describe('a price table', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-prices-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const changed = async (change: object) => {
    const file = join(folder, 'prices.json');
    const shipped = JSON.parse(await readFile(shippedPrices, 'utf8')) as object;
    await writeFile(file, JSON.stringify({ ...shipped, ...change }));
    return readPrices(file);
  };

  it('comes with the project, and says that its numbers are examples', async () => {
    const read = await readPrices(shippedPrices);
    if (!read.ok) throw new Error(read.detail);
    expect(read.value.source).toContain('example');
    expect(mistakeCosts(read.value, 'sexual/explicit').miss).toBe(10);
    expect(mistakeCosts(read.value, 'goods/firearm')).toEqual(read.value.mistakes.default);
  });

  it.each([
    ['a misspelt field', { curency: 'EUR' }, 'curency'],
    ['a machine without a price', { machine: 'abacus' }, 'abacus'],
    ['a negative price', { mistakes: { default: { falseAlarm: -1, miss: 1, review: 1 } } }, 'mistakes'],
    ['no costs to fall back on', { mistakes: {} }, 'default'],
    [
      'a prevalence that is none',
      { traffic: { picturesPerYear: 1, prevalence: { 'a/b': 1 } } },
      'prevalence',
    ],
    ['a day that is none', { asOf: 'today' }, 'asOf'],
  ])('with %s is refused by name', async (_case, change, word) => {
    const read = await changed(change);
    expect(read).toMatchObject({ ok: false, code: 'unusable_prices' });
    if (!read.ok) expect(read.detail).toContain(word);
  });

  it('makes a million pictures cost what the machine costs meanwhile', () => {
    // 100 a second: 10 000 seconds, 2.78 hours
    expect(costPerMillion(0.36, 100)).toBeCloseTo(1, 12);
  });
});
