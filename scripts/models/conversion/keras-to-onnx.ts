import { z } from 'zod';
import { foldConvolution, type BatchNorm } from './fold.js';
import type { KerasLayer, KerasModel, Weight } from './nsfwjs-weights.js';
import { OnnxGraph } from './onnx-graph.js';

const pairSchema = z.tuple([z.number().int(), z.number().int()]);
const paddingSchema = z.enum(['valid', 'same']);
const inputSchema = z.object({
  batch_input_shape: z.tuple([z.null(), z.number(), z.number(), z.literal(3)]),
});
const convolutionSchema = z.object({
  kernel_size: pairSchema,
  strides: pairSchema,
  padding: paddingSchema,
  dilation_rate: z.tuple([z.literal(1), z.literal(1)]),
  activation: z.literal('linear'),
  use_bias: z.literal(false),
});
const poolSchema = z.object({ pool_size: pairSchema, strides: pairSchema, padding: paddingSchema });
const normSchema = z.object({ epsilon: z.number(), scale: z.boolean(), center: z.literal(true) });
const zeroPaddingSchema = z.object({ padding: z.tuple([pairSchema, pairSchema]) });
const reluSchema = z.object({
  max_value: z.literal(6),
  negative_slope: z.literal(0),
  threshold: z.literal(0),
});
const activationSchema = z.object({ activation: z.literal('relu') });
const concatenateSchema = z.object({ axis: z.union([z.literal(3), z.literal(-1)]) });
const denseSchema = z.object({
  units: z.number().int(),
  activation: z.enum(['relu', 'softmax']),
  use_bias: z.literal(true),
});

/** A tensor between two layers: channels first; height and width are 1 once it is flat. */
interface Tensor {
  name: string;
  channels: number;
  height: number;
  width: number;
}

/** Zero rows and columns to add: top, left, bottom, right (ONNX's order). */
type Pads = [number, number, number, number];

/**
 * Writes a Keras network (as TensorFlow.js stores it) as an ONNX graph for onnxruntime: uint8 NHWC pixels 0–255 in,
 * class probabilities out, free batch size. Convolutions run channels-first with normalisation and the division by
 * 255 folded in. Knows the layers that MobileNetV2 and InceptionV3 are made of, with the settings they use; anything
 * else throws, so that no network is ever converted approximately.
 */
export class KerasToOnnx {
  readonly #graph: OnnxGraph;
  readonly #tensors = new Map<string, Tensor>();
  readonly #layers: Map<string, KerasLayer>;
  readonly #readers = new Map<string, KerasLayer[]>();

  constructor(
    private readonly model: KerasModel,
    name: string,
  ) {
    this.#graph = new OnnxGraph(name);
    this.#layers = new Map(model.layers.map((layer) => [layer.name, layer]));
    for (const layer of model.layers) {
      for (const source of sourcesOf(layer)) {
        this.#readers.set(source, [...(this.#readers.get(source) ?? []), layer]);
      }
    }
  }

  convert(): Uint8Array {
    for (const layer of this.model.layers) this.#tensors.set(layer.name, this.#tensorOf(layer));
    return this.#graph.toBytes();
  }

  #tensorOf(layer: KerasLayer): Tensor {
    const { config } = layer;
    switch (layer.class_name) {
      case 'InputLayer':
        return this.#input(inputSchema.parse(config).batch_input_shape);
      case 'ZeroPadding2D': // becomes the pads of the convolution behind it
        return this.#beforeConvolutions(layer);
      case 'Dropout': // does nothing outside training
      case 'Flatten': // channels-first and 1x1 by then: checked in #dense
        return this.#onlyInput(layer);
      case 'Conv2D':
        return this.#convolution(layer, 'full');
      case 'DepthwiseConv2D':
        return this.#convolution(layer, 'depthwise');
      case 'BatchNormalization': // folded into the convolution before it
        return this.#onlyInput(layer, convolutions);
      case 'ReLU':
        reluSchema.parse(config);
        return this.#elementwise('Clip', layer, [
          this.#scalar(layer, 'low', 0),
          this.#scalar(layer, 'high', 6),
        ]);
      case 'Activation':
        activationSchema.parse(config);
        return this.#elementwise('Relu', layer, []);
      case 'Add':
        return this.#add(layer);
      case 'Concatenate':
        concatenateSchema.parse(config);
        return this.#concatenate(layer);
      case 'MaxPooling2D':
      case 'AveragePooling2D':
        return this.#pool(layer);
      case 'Dense':
        return this.#dense(layer);
      default:
        throw new Error(`layer ${layer.name}: no conversion for ${layer.class_name}`);
    }
  }

  #input([, height, width, channels]: [null, number, number, 3]): Tensor {
    const image = this.#graph.input('image', 'uint8', ['batch', height, width, channels]);
    const floats = this.#graph.node('Cast', [image], { to: 1 }, 'image_float');
    const planes = this.#graph.node('Transpose', [floats], { perm: [0, 3, 1, 2] }, 'image_planes');
    return { name: planes, channels, height, width };
  }

  #convolution(layer: KerasLayer, kind: 'full' | 'depthwise'): Tensor {
    const { kernel_size: kernel, strides, padding } = convolutionSchema.parse(layer.config);
    const source = this.#layers.get(sourcesOf(layer)[0]!)!;
    const input = this.#onlyInput(layer);
    const pads = add(explicitPads(source), padding === 'same' ? samePads(input, kernel, strides) : noPads);
    const weight = this.#weight(layer, kind === 'full' ? 'kernel' : 'depthwise_kernel');
    const inputScale = isImage(source) || isPaddedImage(source, this.#layers) ? 1 / 255 : 1;
    const folded = foldConvolution(weight, kind, this.#normBehind(layer), inputScale);
    const name = this.#graph.node(
      'Conv',
      [
        input.name,
        this.#graph.constant(`${layer.name}/kernel`, folded.shape, folded.kernel),
        this.#graph.constant(`${layer.name}/bias`, [folded.bias.length], folded.bias),
      ],
      { kernel_shape: kernel, strides, pads, group: folded.groups },
      layer.name,
    );
    return { name, channels: folded.shape[0], ...outputSize(input, kernel, strides, pads) };
  }

  #normBehind(layer: KerasLayer): BatchNorm | undefined {
    const readers = this.#readers.get(layer.name) ?? [];
    const norm = readers.find((reader) => reader.class_name === 'BatchNormalization');
    if (!norm) return undefined;
    if (readers.length > 1) throw new Error(`layer ${layer.name}: cannot fold a shared normalisation`);
    const { epsilon, scale } = normSchema.parse(norm.config);
    return {
      epsilon,
      gamma: scale ? this.#weight(norm, 'gamma') : undefined,
      beta: this.#weight(norm, 'beta'),
      mean: this.#weight(norm, 'moving_mean'),
      variance: this.#weight(norm, 'moving_variance'),
    };
  }

  #elementwise(operation: string, layer: KerasLayer, constants: string[]): Tensor {
    const input = this.#onlyInput(layer);
    return { ...input, name: this.#graph.node(operation, [input.name, ...constants], {}, layer.name) };
  }

  #add(layer: KerasLayer): Tensor {
    const [left, right] = this.#inputs(layer) as [Tensor, Tensor];
    return { ...left, name: this.#graph.node('Add', [left.name, right.name], {}, layer.name) };
  }

  #concatenate(layer: KerasLayer): Tensor {
    const inputs = this.#inputs(layer);
    const names = inputs.map((input) => input.name);
    const channels = inputs.reduce((sum, input) => sum + input.channels, 0);
    return { ...inputs[0]!, channels, name: this.#graph.node('Concat', names, { axis: 1 }, layer.name) };
  }

  #pool(layer: KerasLayer): Tensor {
    const { pool_size: pool, strides, padding } = poolSchema.parse(layer.config);
    const input = this.#onlyInput(layer);
    const average = layer.class_name === 'AveragePooling2D';
    if (average && padding === 'valid' && pool[0] === input.height && pool[1] === input.width) {
      const name = this.#graph.node('GlobalAveragePool', [input.name], {}, layer.name);
      return { ...input, name, height: 1, width: 1 };
    }
    const pads = padding === 'same' ? samePads(input, pool, strides) : noPads;
    const shape = { kernel_shape: pool, strides, pads };
    // TensorFlow divides by the pixels that are there, not by the window's size
    const name = average
      ? this.#graph.node('AveragePool', [input.name], { ...shape, count_include_pad: 0 }, layer.name)
      : this.#graph.node('MaxPool', [input.name], shape, layer.name);
    return { name, channels: input.channels, ...outputSize(input, pool, strides, pads) };
  }

  #dense(layer: KerasLayer): Tensor {
    const { units, activation } = denseSchema.parse(layer.config);
    const input = this.#onlyInput(layer);
    if (input.height !== 1 || input.width !== 1) throw new Error(`layer ${layer.name}: expects one vector`);
    const flat = this.#graph.node('Flatten', [input.name], { axis: 1 }, `${layer.name}/flat`);
    const kernel = this.#weight(layer, 'kernel');
    const bias = this.#weight(layer, 'bias');
    const product = this.#graph.node(
      'Gemm',
      [
        flat,
        this.#graph.constant(`${layer.name}/kernel`, kernel.shape, kernel.values),
        this.#graph.constant(`${layer.name}/bias`, bias.shape, bias.values),
      ],
      {},
      `${layer.name}/product`,
    );
    const tensor = { channels: units, height: 1, width: 1 };
    if (activation === 'relu')
      return { ...tensor, name: this.#graph.node('Relu', [product], {}, layer.name) };
    this.#graph.output('probabilities', 'float32', ['batch', units]);
    return { ...tensor, name: this.#graph.node('Softmax', [product], { axis: 1 }, 'probabilities') };
  }

  #inputs(layer: KerasLayer): Tensor[] {
    return sourcesOf(layer).map((source) => {
      const tensor = this.#tensors.get(source);
      if (!tensor) throw new Error(`layer ${layer.name}: reads ${source}, which is not converted yet`);
      return tensor;
    });
  }

  #onlyInput(layer: KerasLayer, from?: string[]): Tensor {
    const source = sourcesOf(layer)[0] ?? '';
    if (from && !from.includes(this.#layers.get(source)?.class_name ?? '')) {
      throw new Error(`layer ${layer.name}: ${layer.class_name} is only known behind ${from.join(', ')}`);
    }
    return this.#inputs(layer)[0]!;
  }

  #beforeConvolutions(layer: KerasLayer): Tensor {
    const other = (this.#readers.get(layer.name) ?? []).find(
      (reader) => !convolutions.includes(reader.class_name),
    );
    if (other) throw new Error(`layer ${layer.name}: its padding would be lost before ${other.class_name}`);
    return this.#onlyInput(layer);
  }

  #weight(layer: KerasLayer, name: string): Weight {
    const weight = this.model.weights.get(`${layer.name}/${name}`);
    if (!weight) throw new Error(`layer ${layer.name}: no weight ${name}`);
    return weight;
  }

  #scalar(layer: KerasLayer, name: string, value: number): string {
    return this.#graph.constant(`${layer.name}/${name}`, [], Float32Array.of(value));
  }
}

const convolutions = ['Conv2D', 'DepthwiseConv2D'];
const noPads: Pads = [0, 0, 0, 0];

const sourcesOf = (layer: KerasLayer): string[] => (layer.inbound_nodes[0] ?? []).map(([name]) => name);

const isImage = (layer: KerasLayer): boolean => layer.class_name === 'InputLayer';

const isPaddedImage = (layer: KerasLayer, layers: Map<string, KerasLayer>): boolean =>
  layer.class_name === 'ZeroPadding2D' && isImage(layers.get(sourcesOf(layer)[0]!)!);

const explicitPads = (layer: KerasLayer): Pads => {
  if (layer.class_name !== 'ZeroPadding2D') return noPads;
  const [[top, bottom], [left, right]] = zeroPaddingSchema.parse(layer.config).padding;
  return [top, left, bottom, right];
};

/** TensorFlow's SAME: as many outputs as strides fit, the odd row or column at the bottom and right. */
const samePads = ({ height, width }: Tensor, kernel: [number, number], strides: [number, number]): Pads => {
  const total = (side: number, size: number, stride: number): number =>
    Math.max((Math.ceil(side / stride) - 1) * stride + size - side, 0);
  const rows = total(height, kernel[0], strides[0]);
  const columns = total(width, kernel[1], strides[1]);
  return [
    Math.floor(rows / 2),
    Math.floor(columns / 2),
    rows - Math.floor(rows / 2),
    columns - Math.floor(columns / 2),
  ];
};

const add = (a: Pads, b: Pads): Pads => [a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3]];

const outputSize = (
  { height, width }: Tensor,
  kernel: [number, number],
  strides: [number, number],
  [top, left, bottom, right]: Pads,
): { height: number; width: number } => ({
  height: Math.floor((height + top + bottom - kernel[0]) / strides[0]) + 1,
  width: Math.floor((width + left + right - kernel[1]) / strides[1]) + 1,
});
