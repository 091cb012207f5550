import { rename, rm } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Pixels } from '#libs/domain';
import { InferencePool, loadPack, type ModelPack, PackError } from '#libs/inference';
import { aPack } from '../../builders/pack.builder.js';
import { eventually } from '../eventually.js';

/** What a pack says of a picture is how much of this colour it has. */
type Colour = 'red' | 'green' | 'blue';
const colours: Colour[] = ['red', 'green', 'blue'];

const folders: string[] = [];
const packOf = async (colour: Colour, version = '1'): Promise<ModelPack> => {
  const categories = { [`colour/${colour}`]: [colour] };
  const benign = colours.filter((each) => each !== colour);
  const written = await aPack().with({ name: colour, version, categories, benign }).write();
  const folder = `${written}-${colour}`;
  await rename(written, folder);
  folders.push(folder);
  return loadPack(folder);
};
const picture = (): Pixels => ({ data: new Uint8Array(12).fill(90), width: 2, height: 2 });

let packs: Record<Colour, ModelPack>;
let pool: InferencePool;

const open = async (threads: number, opened: ModelPack[]): Promise<void> => {
  pool = await InferencePool.open(opened, {
    threads,
    provider: 'cpu',
    maxBatch: 1,
    maxDelayMs: 0,
    queueLimit: 64,
  });
};
const names = (): string[] => pool.status().packs.map(({ name }) => name);

beforeEach(async () => {
  packs = { red: await packOf('red'), green: await packOf('green'), blue: await packOf('blue') };
});
afterEach(async () => {
  await pool.close();
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })));
});

describe('The packs of a pool', () => {
  it.each([1, 2])('come and go under load without dropping a request (%s threads)', async (threads) => {
    await open(threads, [packs.red, packs.green]);
    let isOver = false;
    const answered: Record<string, number> = {};
    const failures: string[] = [];
    const client = async (name: Colour): Promise<void> => {
      while (!isOver) {
        const result = await pool.classify(name, picture());
        if (result.ok) answered[name] = (answered[name] ?? 0) + 1;
        else if (name === 'green' && result.code === 'closed') return;
        else failures.push(`${name}: ${result.code} ${result.detail}`);
      }
    };
    const clients = [client('red'), client('red'), client('green'), client('green')];
    await eventually(() => expect(answered['green']).toBeGreaterThan(10));
    await pool.replace([packs.red, packs.blue]);
    clients.push(client('blue'));
    await eventually(() => expect(answered['blue']).toBeGreaterThan(10));
    isOver = true;
    await Promise.all(clients);
    expect(failures).toEqual([]);
    expect(names()).toEqual(['red', 'blue']);
    expect(pool.status().threads).toEqual({ wanted: threads, live: threads, crashes: 0 });
  });

  it('answer what waits for one that is taken out, then say that it is', async () => {
    await open(1, [packs.red, packs.green]);
    const waiting = Array.from({ length: 20 }, () => pool.classify('green', picture()));
    const replaced = pool.replace([packs.red]);
    expect((await Promise.all(waiting)).every(({ ok }) => ok)).toBe(true);
    await replaced;
    const late = await pool.classify('green', picture());
    expect(late).toMatchObject({ ok: false, code: 'closed', detail: expect.stringContaining('taken out') });
    await pool.replace([packs.red, packs.green]);
    expect(await pool.classify('green', picture())).toMatchObject({ ok: true });
  });

  it('may change their versions, come and go in one step, and stay in order with swaps', async () => {
    await open(1, [packs.red, packs.green]);
    const red = await packOf('red', '2');
    const changes = [pool.replace([red, packs.blue]), pool.swap(await packOf('blue', '3'))];
    await Promise.all(changes);
    expect(pool.status().packs).toMatchObject([
      { name: 'red', version: '2' },
      { name: 'blue', version: '3' },
    ]);
    expect(await pool.classify('red', picture())).toMatchObject({ ok: true, value: { version: '2' } });
  });

  it.each<[string, () => Promise<ModelPack[]>, RegExp]>([
    [
      'one of the new ones does not open',
      async () => [packs.red, { ...(await packOf('blue')), labels: ['one too few'] }],
      /model pack blue: output "means"/,
    ],
    ['one stands there twice', () => Promise.resolve([packs.red, packs.red]), /red: stands twice/],
    ['none is left', () => Promise.resolve([]), /no use without packs/],
  ])('stay as they are when %s', async (_case, next, reason) => {
    await open(1, [packs.red, packs.green]);
    const replaced = pool.replace(await next());
    await expect(replaced).rejects.toThrow(PackError);
    await expect(replaced).rejects.toThrow(reason);
    expect(names()).toEqual(['red', 'green']);
    expect(await pool.classify('green', picture())).toMatchObject({ ok: true });
  });
});
