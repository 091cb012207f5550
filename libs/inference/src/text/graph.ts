import ort from 'onnxruntime-node';
import { PackError } from '../packs/pack-error.js';
import { sessionOptions } from '../thread/session-options.js';

/** What a graph gave. */
export interface Tensor {
  values: Float32Array;
  shape: readonly number[];
}

/** Which pack a graph belongs to, where it lies, and what its tensors are called. */
export interface GraphFile {
  pack: string;
  path: string;
  input: string;
  output: string;
}

/**
 * An ONNX graph that takes planes of any width and height: float32 [batch, 3, height, width] in, float32 out. It runs
 * on the CPU, also where classifiers run on a GPU: every picture has other shapes, and for each new one CUDA's
 * convolutions are searched anew, which costs more than the picture.
 */
export class Graph {
  private constructor(
    private readonly file: GraphFile,
    private readonly session: ort.InferenceSession,
  ) {}

  /** @throws PackError when it cannot be opened, or has other tensors than its manifest says */
  static async open(file: GraphFile): Promise<Graph> {
    const session = await create(file);
    for (const [what, name, found] of [
      ['input', file.input, session.inputMetadata],
      ['output', file.output, session.outputMetadata],
    ] as const) {
      const names = found.map((each) => `"${each.name}"`).join(', ');
      const tensor = found.find((each) => each.name === name);
      if (!tensor?.isTensor || tensor.type !== 'float32')
        throw new PackError(file.pack, `${file.path} has no float32 ${what} "${name}", but ${names}`);
    }
    return new Graph(file, session);
  }

  /**
   * Blocks the thread.
   *
   * @param shape without the batch axis, which is 1
   * @throws Error when the graph does not run; when it gives a number that is not finite, which would pass for nothing
   * written
   */
  async run(values: Float32Array, shape: readonly number[]): Promise<Tensor> {
    const { input, output, pack } = this.file;
    const given = new ort.Tensor('float32', values, [1, ...shape]);
    const results = await this.session.run({ [input]: given }, [output]);
    const { data, dims } = results[output]!;
    const found = data as Float32Array;
    if (!found.every(Number.isFinite)) throw new Error(`model pack ${pack} gave numbers that are not finite`);
    return { values: found, shape: dims };
  }

  /** As `run` at a first try, to be had before a request depends on it. @throws PackError unless it gives `wanted` */
  async assertGives(given: readonly number[], wanted: readonly (number | undefined)[]): Promise<void> {
    const count = given.reduce((product, side) => product * side, 1);
    let shape: readonly number[];
    try {
      ({ shape } = await this.run(new Float32Array(count), given));
    } catch (error) {
      throw this.#refusal(`does not run: ${(error as Error).message}`);
    }
    const fits = shape.length === wanted.length && shape.every((side, at) => side === (wanted[at] ?? side));
    if (fits) return;
    const asked = wanted.map((side) => side ?? 'any').join(', ');
    throw this.#refusal(
      `gives [${shape.join(', ')}] for [1, ${given.join(', ')}], the pack asks for [${asked}]`,
    );
  }

  #refusal(reason: string): PackError {
    return new PackError(this.file.pack, `${this.file.path} ${reason}`);
  }
}

/** Shapes differ from picture to picture: a plan of the memory for each of them would be kept for ever. */
const create = async ({ pack, path }: GraphFile): Promise<ort.InferenceSession> => {
  try {
    return await ort.InferenceSession.create(path, {
      ...sessionOptions({ provider: 'cpu' }),
      enableMemPattern: false,
    });
  } catch (error) {
    throw new PackError(pack, `onnxruntime cannot open ${path}: ${(error as Error).message}`);
  }
};
