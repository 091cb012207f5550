import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { create, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { ModelProtoSchema, TensorProto_DataLocation } from 'onnx-buf';
import { readGraphStructure } from './graph-structure.js';

type Model = MessageInitShape<typeof ModelProtoSchema>;
const opsetImport = [{ domain: '', version: 17n }];
const weights = (name: string) => ({
  name,
  dataLocation: TensorProto_DataLocation.EXTERNAL,
  externalData: [{ key: 'location', value: '../elsewhere.bin' }],
});

describe('the structure of an ONNX file', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-graph-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const read = async (bytes: Uint8Array) => {
    const path = join(folder, 'model.onnx');
    await writeFile(path, bytes);
    return readGraphStructure(path);
  };
  const ofModel = (model: Model) => read(toBinary(ModelProtoSchema, create(ModelProtoSchema, model)));

  it('is read past weights of any length', async () => {
    const structure = await ofModel({
      opsetImport,
      graph: {
        input: [{ name: 'image' }, { name: 'inside' }],
        output: [{ name: 'scores' }, { name: 'embedding' }],
        initializer: [{ name: 'inside', rawData: new Uint8Array(300_000) }, weights('w')],
        node: [{ opType: 'Relu' }],
      },
    });
    expect(structure).toEqual({
      opsets: { '': 17 },
      foreignOperators: [],
      externalWeights: ['w'],
      inputs: ['image'],
      outputs: ['scores', 'embedding'],
    });
  });

  it.each<[string, Model]>([
    ['an attribute', { graph: { node: [{ attribute: [{ name: 'value', t: weights('w') }] }] } }],
    [
      'a branch of a branch',
      {
        graph: {
          node: [
            {
              attribute: [{ g: { node: [{ attribute: [{ graphs: [{ initializer: [weights('w')] }] }] }] } }],
            },
          ],
        },
      },
    ],
    ['a sparse tensor', { graph: { sparseInitializer: [{ values: weights('w') }] } }],
    ['a function', { functions: [{ node: [{ attribute: [{ tensors: [weights('w')] }] }] }] }],
    [
      'only the list of places',
      { graph: { initializer: [{ name: 'w', externalData: [{ key: 'location' }] }] } },
    ],
  ])('shows weights in other files that %s names', async (_case, model) => {
    expect((await ofModel({ opsetImport, ...model })).externalWeights).toEqual(['w']);
  });

  it('shows operators that are not ONNX’s, unless the file defines them', async () => {
    const structure = await ofModel({
      opsetImport: [...opsetImport, { domain: 'acme', version: 3n }],
      functions: [{ domain: 'acme', name: 'Known', opsetImport }],
      graph: {
        node: [
          { opType: 'Relu', domain: 'ai.onnx' },
          { opType: 'Known', domain: 'acme' },
          { opType: 'Sharpen', domain: 'acme' },
        ],
      },
    });
    expect(structure).toMatchObject({ opsets: { '': 17, acme: 3 }, foreignOperators: ['acme.Sharpen'] });
  });

  it.each([
    ['text', Buffer.from('not ONNX at all, but quite some text')],
    ['nothing', Buffer.alloc(0)],
    ['a length beyond the end', Buffer.from([0x3a, 0xff, 0xff, 0x03, 0x00])],
    ['a number that never ends', Buffer.alloc(32, 0xff)],
  ])('is refused where the file is %s', async (_case, bytes) => {
    await expect(read(bytes)).rejects.toThrow();
  });

  it('is refused where graphs are nested without end', async () => {
    let nested: Buffer = Buffer.alloc(0);
    const wrap = (field: number, bytes: Buffer): Buffer => {
      const length: number[] = [];
      for (let rest = bytes.length; ; rest >>= 7) {
        length.push(rest > 127 ? (rest & 127) | 128 : rest);
        if (rest <= 127) break;
      }
      return Buffer.concat([Buffer.from([field * 8 + 2, ...length]), bytes]);
    };
    // graph → node → attribute → graph → …
    for (let level = 0; level < 1_000; level += 1) nested = wrap(1, wrap(5, wrap(6, nested)));
    await expect(read(wrap(7, nested))).rejects.toThrow('nested');
  });
});
