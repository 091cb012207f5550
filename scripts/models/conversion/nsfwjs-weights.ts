import { z } from 'zod';

/** A constant of the network: row-major values and their shape. */
export interface Weight {
  shape: number[];
  values: Float32Array;
}

export const kerasLayerSchema = z.object({
  name: z.string(),
  class_name: z.string(),
  config: z.record(z.string(), z.unknown()),
  /** Keras writes one list of [layer, node, tensor, kwargs] for each use of the layer */
  inbound_nodes: z.array(z.array(z.tuple([z.string(), z.number(), z.number()]).rest(z.unknown()))),
});
export type KerasLayer = z.infer<typeof kerasLayerSchema>;

const layersModelSchema = z.object({
  modelTopology: z.object({
    model_config: z.object({ config: z.object({ layers: z.array(kerasLayerSchema).min(1) }) }),
  }),
  weightsManifest: z.array(
    z.object({
      weights: z.array(
        z.object({
          name: z.string(),
          shape: z.array(z.number().int()),
          dtype: z.literal('float32'),
          quantization: z.object({ min: z.number(), scale: z.number(), dtype: z.literal('uint8') }),
        }),
      ),
    }),
  ),
});

/** What the package nsfwjs exports for each of its models. */
export interface NsfwjsModel {
  modelJson: () => Promise<unknown>;
  weightBundles: (() => Promise<unknown>)[];
}

export interface KerasModel {
  layers: KerasLayer[];
  /** by the name `layer/weight` */
  weights: Map<string, Weight>;
}

/**
 * Reads a TensorFlow.js layers model as nsfwjs bundles it: topology as JSON, weights as base64 text of uint8-quantised
 * tensors, one after the other (https://www.tensorflow.org/js/guide/save_load, weights manifest).
 * Throws when the package's format has changed.
 */
export const readNsfwjsModel = async (model: NsfwjsModel): Promise<KerasModel> => {
  const { modelTopology, weightsManifest } = layersModelSchema.parse(unwrap(await model.modelJson()));
  const shards = await Promise.all(model.weightBundles.map(async (load) => unwrap(await load())));
  const bytes = Buffer.concat(shards.map((shard) => Buffer.from(z.string().parse(shard), 'base64')));

  const weights = new Map<string, Weight>();
  let offset = 0;
  for (const { name, shape, quantization } of weightsManifest.flatMap((group) => group.weights)) {
    const size = shape.reduce((product, side) => product * side, 1);
    weights.set(name, { shape, values: dequantise(bytes.subarray(offset, offset + size), quantization) });
    offset += size;
  }
  if (offset !== bytes.length) {
    throw new Error(`the weights manifest describes ${offset} bytes, the bundles hold ${bytes.length}`);
  }
  return { layers: modelTopology.model_config.config.layers, weights };
};

const unwrap = (module: unknown): unknown =>
  typeof module === 'object' && module !== null && 'default' in module ? module.default : module;

/** The same arithmetic as TensorFlow.js: a double product, rounded once to float32. */
const dequantise = (bytes: Uint8Array, { min, scale }: { min: number; scale: number }): Float32Array => {
  const values = new Float32Array(bytes.length);
  bytes.forEach((byte, i) => {
    values[i] = byte * scale + min;
  });
  return values;
};
