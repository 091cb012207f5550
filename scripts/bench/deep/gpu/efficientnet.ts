import { castTo, type FloatType, OnnxGraph } from '../../../models/conversion/onnx-graph.js';
import { seededNormal } from './seeded-normal.js';

/** Which of the family, and how it is built. */
export interface EfficientNetShape {
  /** of the square input, in pixels */
  side: number;
  /** the family's compound scaling: channels and blocks of B0, times these */
  width: number;
  depth: number;
  /** EfficientNet-Lite: no squeeze and excitation, ReLU6 for swish, stem and head as they are in B0 */
  lite: boolean;
  labels: number;
  /** of weights and activations; the input is bytes and the outputs are float32 whatever it is */
  precision: FloatType;
}

/** Expansion, kernel, stride, channels and blocks of B0's seven stages (Tan and Le, 2019, table 1). */
const stages = [
  { expand: 1, kernel: 3, stride: 1, channels: 16, blocks: 1 },
  { expand: 6, kernel: 3, stride: 2, channels: 24, blocks: 2 },
  { expand: 6, kernel: 5, stride: 2, channels: 40, blocks: 2 },
  { expand: 6, kernel: 3, stride: 2, channels: 80, blocks: 3 },
  { expand: 6, kernel: 5, stride: 1, channels: 112, blocks: 3 },
  { expand: 6, kernel: 5, stride: 2, channels: 192, blocks: 4 },
  { expand: 6, kernel: 3, stride: 1, channels: 320, blocks: 1 },
];
const stemChannels = 32;
const headChannels = 1280;
/** of a block's input channels */
const squeezeShare = 0.25;
const seed = 20190528;

/** Channels of the embedding. */
export const embeddingLength = ({ width, lite }: Pick<EfficientNetShape, 'width' | 'lite'>): number =>
  lite ? headChannels : scaled(headChannels, width);

/**
 * An EfficientNet (Tan and Le, 2019) with weights by chance, always the same: as fast as one that was trained, and
 * nothing else. Batch normalisation stands in the convolutions' weights, as in a graph that is made to run. Bytes
 * [batch, side, side, 3] in; `probabilities` and `embedding` out, both float32.
 */
export const efficientNet = (shape: EfficientNetShape): Uint8Array => new Builder(shape).build();

class Builder {
  readonly #graph = new OnnxGraph('efficientnet');
  readonly #random = seededNormal(seed);
  #count = 0;

  constructor(private readonly shape: EfficientNetShape) {}

  build(): Uint8Array {
    const { side, width, depth, lite, labels, precision } = this.shape;
    const image = this.#graph.input('image', 'uint8', ['batch', side, side, 3]);
    let channels = lite ? stemChannels : scaled(stemChannels, width);
    let x = this.#activate(this.#convolve(this.#normalise(image), 3, channels, { kernel: 3, stride: 2 }));
    for (const [at, stage] of stages.entries()) {
      const isEdge = at === 0 || at === stages.length - 1;
      const blocks = lite && isEdge ? stage.blocks : Math.ceil(stage.blocks * depth);
      for (let block = 0; block < blocks; block += 1) {
        const to = scaled(stage.channels, width);
        x = this.#block(x, channels, to, { ...stage, stride: block === 0 ? stage.stride : 1 });
        channels = to;
      }
    }
    const length = embeddingLength(this.shape);
    x = this.#activate(this.#convolve(x, channels, length, { kernel: 1 }));
    const pooled = this.#node('Flatten', [this.#node('GlobalAveragePool', [x])], { axis: 1 });
    const logits = this.#node('MatMul', [pooled, this.#weights([length, labels], length)]);
    this.#graph.output('probabilities', 'float32', ['batch', labels]);
    this.#graph.output('embedding', 'float32', ['batch', length]);
    this.#toFloat32(pooled, precision, 'embedding');
    this.#graph.node('Softmax', [this.#toFloat32(logits, precision)], { axis: 1 }, 'probabilities');
    return this.#graph.toBytes();
  }

  /** Bytes → planes of about −1 to 1. */
  #normalise(image: string): string {
    const planes = this.#node('Transpose', [image], { perm: [0, 3, 1, 2] });
    const numbers = this.#node('Cast', [planes], { to: castTo[this.shape.precision] });
    const scale = this.#constant([1], [1 / 127.5]);
    return this.#node('Sub', [this.#node('Mul', [numbers, scale]), this.#constant([1], [1])]);
  }

  /** An inverted bottleneck: expansion, depthwise convolution, squeeze and excitation, projection, residual. */
  #block(
    x: string,
    from: number,
    to: number,
    { expand, kernel, stride }: { expand: number; kernel: number; stride: number },
  ): string {
    const wide = from * expand;
    const expanded = expand === 1 ? x : this.#activate(this.#convolve(x, from, wide, { kernel: 1 }));
    const deep = this.#activate(this.#convolve(expanded, wide, wide, { kernel, stride, group: wide }));
    const gated = this.shape.lite ? deep : this.#excite(deep, wide, Math.max(1, from * squeezeShare));
    const projected = this.#convolve(gated, wide, to, { kernel: 1 });
    return stride === 1 && from === to ? this.#node('Add', [projected, x]) : projected;
  }

  #excite(x: string, channels: number, squeezed: number): string {
    const pooled = this.#node('GlobalAveragePool', [x]);
    const few = Math.floor(squeezed);
    const reduced = this.#activate(this.#convolve(pooled, channels, few, { kernel: 1 }));
    const gate = this.#node('Sigmoid', [this.#convolve(reduced, few, channels, { kernel: 1 })]);
    return this.#node('Mul', [x, gate]);
  }

  #convolve(
    x: string,
    from: number,
    to: number,
    { kernel, stride = 1, group = 1 }: { kernel: number; stride?: number; group?: number },
  ): string {
    const shape = [to, from / group, kernel, kernel];
    const weights = this.#weights(shape, (from / group) * kernel * kernel);
    const bias = this.#constant([to], new Float32Array(to));
    const margin = Math.floor(kernel / 2);
    return this.#node('Conv', [x, weights, bias], {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      pads: [margin, margin, margin, margin],
      group,
    });
  }

  #activate(x: string): string {
    if (!this.shape.lite) return this.#node('Mul', [x, this.#node('Sigmoid', [x])]);
    return this.#node('Clip', [x, this.#constant([], [0]), this.#constant([], [6])]);
  }

  #toFloat32(x: string, precision: FloatType, output = this.#name('float')): string {
    return precision === 'float32'
      ? this.#graph.node('Identity', [x], {}, output)
      : this.#graph.node('Cast', [x], { to: castTo.float32 }, output);
  }

  /** As wide as keeps the variance from layer to layer (He et al., 2015): half precision neither overflows nor fades. */
  #weights(shape: number[], fanIn: number): string {
    const count = shape.reduce((product, size) => product * size, 1);
    const deviation = Math.sqrt(2 / fanIn);
    return this.#constant(
      shape,
      Float32Array.from({ length: count }, () => this.#random() * deviation),
    );
  }

  #constant(shape: number[], values: Float32Array | number[]): string {
    return this.#graph.constant(this.#name('c'), shape, Float32Array.from(values), this.shape.precision);
  }

  #node(type: string, inputs: string[], attributes: Parameters<OnnxGraph['node']>[2] = {}): string {
    return this.#graph.node(type, inputs, attributes, this.#name(type));
  }

  #name(kind: string): string {
    this.#count += 1;
    return `${kind}.${this.#count}`;
  }
}

/** Channels are whole eights, and never less than nine tenths of what was asked for (the paper's own code). */
const scaled = (channels: number, width: number): number => {
  const wanted = channels * width;
  const eights = Math.max(8, Math.floor((wanted + 4) / 8) * 8);
  return eights < 0.9 * wanted ? eights + 8 : eights;
};
