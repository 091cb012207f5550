import { describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { manifestSchema, type Manifest } from './manifest.js';

const shipped = ['nsfw-mobilenet-v2', 'nsfw-inception-v3', 'efficientnet-lite0'];
const read = async (pack: string): Promise<Manifest> =>
  JSON.parse(await readFile(`models/${pack}/manifest.json`, 'utf8')) as Manifest;

describe('the manifest of a model pack', () => {
  it.each(shipped)('of %s, which is shipped, fits the schema', async (pack) => {
    expect(manifestSchema.parse(await read(pack))).toMatchObject({ name: pack });
  });

  it('may make a deep pack a specialist', async () => {
    const route = [{ category: 'sexual/explicit', atLeast: 0.3 }];
    expect(manifestSchema.parse({ ...(await read('efficientnet-lite0')), route })).toMatchObject({ route });
  });

  it.each<[string, (manifest: Manifest) => unknown, string]>([
    ['an unknown field', (m) => ({ ...m, treshold: 0.5 }), 'treshold'],
    ['an unknown field inside', (m) => ({ ...m, resize: { ...m.resize, filter: 'x' } }), 'filter'],
    ['a graph outside the folder', (m) => ({ ...m, file: '../model.onnx' }), 'file'],
    ['an unknown kind of resize', (m) => ({ ...m, resize: { kind: 'lanczos', minShortSide: 9 } }), 'resize'],
    ['a checksum that is none', (m) => ({ ...m, sha256: 'latest' }), 'sha256'],
    ['a category without labels', (m) => ({ ...m, categories: { 'goods/knife': [] } }), 'categories'],
    [
      'a route that needs more than certainty',
      (m) => ({ ...m, tier: 'deep', route: [{ category: 'sexual/explicit', atLeast: 1.1 }] }),
      'atLeast',
    ],
    ['a route that nothing ever calls', (m) => ({ ...m, tier: 'deep', route: [] }), 'route'],
    [
      'a route in the fast tier',
      (m) => ({ ...m, route: [{ category: 'sexual/explicit', atLeast: 0.5 }] }),
      'deep tier',
    ],
    [
      'bytes that are to be normalised outside the graph',
      (m) => ({ ...m, input: { ...m.input, normalisation: { mean: [0, 0, 0], std: [1, 1, 1] } } }),
      'normalisation',
    ],
  ])('is refused with %s', async (_case, change, named) => {
    const { success, error } = manifestSchema.safeParse(change(await read('nsfw-mobilenet-v2')));
    expect(success).toBe(false);
    expect(JSON.stringify(error?.issues)).toContain(named);
  });
});
