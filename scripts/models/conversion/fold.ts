import type { Weight } from './nsfwjs-weights.js';

/** A convolution as ONNX wants it: kernel [outputs, inputs per group, height, width] and one bias per output. */
export interface FoldedConvolution {
  shape: [number, number, number, number];
  kernel: Float32Array;
  bias: Float32Array;
  groups: number;
}

export interface BatchNorm {
  /** absent where Keras was told `scale: false` */
  gamma?: Weight | undefined;
  beta: Weight;
  mean: Weight;
  variance: Weight;
  epsilon: number;
}

/**
 * Folds what surrounds a convolution into it: `inputScale` before it (1/255 turns bytes into 0–1), the batch
 * normalisation behind it. y = γ(conv(s·x) − μ)/√(σ²+ε) + β is itself a convolution with kernel·s·g and bias β − μ·g,
 * g = γ/√(σ²+ε). Computed in double, rounded once. Zero padding stays right, since 0·s = 0.
 */
export const foldConvolution = (
  keras: Weight,
  kind: 'full' | 'depthwise',
  norm: BatchNorm | undefined,
  inputScale: number,
): FoldedConvolution => {
  const [height, width, inputs, last] = keras.shape as [number, number, number, number];
  const outputs = kind === 'full' ? last : inputs * last;
  const perGroup = kind === 'full' ? inputs : 1;
  const kernel = new Float32Array(keras.values.length);
  const bias = new Float32Array(outputs);

  for (let output = 0; output < outputs; output += 1) {
    const gain = norm
      ? at(norm.gamma, output, 1) / Math.sqrt(at(norm.variance, output, 1) + norm.epsilon)
      : 1;
    if (norm) bias[output] = at(norm.beta, output, 0) - at(norm.mean, output, 0) * gain;
    for (let input = 0; input < perGroup; input += 1) {
      for (let tap = 0; tap < height * width; tap += 1) {
        // Keras: [height, width, inputs, outputs], depthwise [height, width, inputs, multiplier]
        const from = kind === 'full' ? (tap * inputs + input) * last + output : tap * outputs + output;
        kernel[(output * perGroup + input) * height * width + tap] = keras.values[from]! * gain * inputScale;
      }
    }
  }
  return {
    shape: [outputs, perGroup, height, width],
    kernel,
    bias,
    groups: kind === 'full' ? 1 : inputs,
  };
};

const at = (weight: Weight | undefined, index: number, otherwise: number): number =>
  weight?.values[index] ?? otherwise;
