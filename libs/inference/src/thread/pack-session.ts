import ort from 'onnxruntime-node';
import type { ModelPack } from '../packs/load-pack.js';
import { PackError, ProviderError } from '../packs/pack-error.js';
import { deviceRefusal } from './device-refusal.js';
import { discard } from './discard.js';
import { firstPictures } from './first-pictures.js';
import { InputTensor } from './input-tensor.js';
import type { BatchRequest, ThreadSetup, ViewOutcome } from './protocol.js';
import { RunSizes } from './run-sizes.js';
import { outcomeOf } from './scoring.js';
import { sessionOptions } from './session-options.js';

/** What a session runs on, and with how many pictures at the most. */
export type SessionSetup = Pick<ThreadSetup, 'provider' | 'maxBatch'> & Partial<Pick<ThreadSetup, 'device'>>;

/** A pack's ONNX session with its input memory. Lives in one thread; `run` blocks it. */
export class PackSession {
  private constructor(
    readonly pack: ModelPack,
    private readonly session: ort.InferenceSession,
    private readonly input: InputTensor,
    private readonly sizes: RunSizes,
  ) {}

  /**
   * Opens the graph, compares its input and outputs with the manifest, and runs it in every size that a GPU will be
   * given, so that no request pays for allocation, or for the choice of algorithms. Then it shows it a black and a noisy
   * picture: a graph that gives nonsense is not opened.
   *
   * @throws PackError, ProviderError
   */
  static async open(pack: ModelPack, setup: SessionSetup): Promise<PackSession> {
    const session = await createSession(pack, setup);
    const misfit = findMisfit(pack, session);
    if (misfit) throw new PackError(pack.manifest.name, misfit);
    const sizes = RunSizes.on(setup.provider, setup.maxBatch);
    const opened = new PackSession(pack, session, new InputTensor(pack.manifest, setup.maxBatch), sizes);
    try {
      for (const size of sizes.toWarmUp) await opened.#infer(size);
      await opened.#assertSense();
    } catch (error) {
      if (error instanceof PackError) throw error;
      throw refusal(pack, setup, 'the graph does not run', error as Error);
    }
    return opened;
  }

  /** Takes over the memory of the views: it is given back before the model runs. */
  async run(
    views: BatchRequest['views'],
  ): Promise<{ outputs: ViewOutcome[]; resizeMs: number; runMs: number }> {
    const started = performance.now();
    views.forEach((view, place) => this.input.put(view, place));
    for (const { data } of views) discard(data);
    const resized = performance.now();
    const outputs = await this.#infer(views.length);
    return { outputs, resizeMs: resized - started, runMs: performance.now() - resized };
  }

  /** @throws PackError */
  async #assertSense(): Promise<void> {
    for (const { kind, view } of firstPictures()) {
      const [outcome] = (await this.run([view])).outputs;
      if (!outcome!.ok)
        throw new PackError(this.pack.manifest.name, `shown a ${kind} picture, ${outcome!.detail}`);
    }
  }

  async #infer(batch: number): Promise<ViewOutcome[]> {
    const { input, outputs } = this.pack.manifest;
    // what stands in the places beyond the batch is an earlier picture, and its scores are not looked at
    const size = this.sizes.fit(batch);
    const tensor = new ort.Tensor(input.dtype, this.input.view(size), this.input.shape(size));
    const results = await this.session.run({ [input.name]: tensor });
    const scores = results[outputs.scores.name]!.data as Float32Array;
    const embeddings = outputs.embedding && (results[outputs.embedding.name]!.data as Float32Array);
    const labels = this.pack.labels.length;
    return Array.from({ length: batch }, (_, i) => {
      const outcome = outcomeOf(scores.subarray(i * labels, (i + 1) * labels), this.pack);
      if (outcome.ok && outputs.embedding && embeddings) {
        const { length } = outputs.embedding;
        outcome.value.embedding = embeddings.slice(i * length, (i + 1) * length);
      }
      return outcome;
    });
  }
}

const createSession = async (pack: ModelPack, setup: SessionSetup): Promise<ort.InferenceSession> => {
  try {
    return await ort.InferenceSession.create(pack.graph, sessionOptions(setup));
  } catch (error) {
    throw refusal(pack, setup, `onnxruntime cannot open ${pack.graph}`, error as Error);
  }
};

/** Whether the pack is to blame, or the device. */
const refusal = (pack: ModelPack, setup: SessionSetup, what: string, { message }: Error): Error => {
  const fault = deviceRefusal(setup.provider, message, setup.device ?? 0);
  return fault === undefined
    ? new PackError(pack.manifest.name, `${what}: ${message}`)
    : new ProviderError(setup.provider, fault);
};

/** Why the graph's inputs and outputs do not fit the manifest; undefined when they do. */
const findMisfit = ({ manifest, labels }: ModelPack, session: ort.InferenceSession): string | undefined => {
  const { input, outputs } = manifest;
  const { width, height, layout, dtype } = input;
  if (session.inputNames.length !== 1) {
    return `the graph has ${session.inputNames.length} inputs (${session.inputNames.join(', ')}), not one`;
  }
  const expectations = [
    {
      what: 'input',
      name: input.name,
      found: session.inputMetadata,
      type: dtype,
      shape: layout === 'nhwc' ? [height, width, 3] : [3, height, width],
    },
    {
      what: 'output',
      name: outputs.scores.name,
      found: session.outputMetadata,
      type: 'float32',
      shape: [labels.length],
    },
    ...(outputs.embedding
      ? [
          {
            what: 'output',
            name: outputs.embedding.name,
            found: session.outputMetadata,
            type: 'float32',
            shape: [outputs.embedding.length],
          },
        ]
      : []),
  ];
  return expectations.map(misfitOf).find((misfit) => misfit !== undefined);
};

interface Expectation {
  what: string;
  name: string;
  found: readonly ort.InferenceSession.ValueMetadata[];
  type: string;
  /** without the batch axis */
  shape: number[];
}

const misfitOf = ({ what, name, found, type, shape }: Expectation): string | undefined => {
  const tensor = found.find((each) => each.name === name);
  if (!tensor?.isTensor) {
    return `the graph has no ${what} "${name}", but ${found.map((each) => `"${each.name}"`).join(', ')}`;
  }
  const [batch, ...rest] = tensor.shape;
  const written = `${tensor.type} [${tensor.shape.join(', ')}]`;
  const wanted = `${type} [batch, ${shape.join(', ')}]`;
  if (typeof batch === 'number' && batch > 0)
    return `${what} "${name}" is ${written}: the batch axis must be free`;
  const fits =
    tensor.type === type && rest.length === shape.length && rest.every((side, i) => side === shape[i]);
  return fits ? undefined : `${what} "${name}" is ${written}, the manifest asks for ${wanted}`;
};
