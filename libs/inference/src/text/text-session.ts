import { ok, type Pixels } from '#libs/domain';
import type { TextPack } from '../packs/load-text-pack.js';
import { discard } from '../thread/discard.js';
import type { BatchRequest, ViewOutcome } from '../thread/protocol.js';
import { crop } from './crop.js';
import { type Decoded, decode } from './ctc.js';
import { DetectionInput, type Size } from './detection-input.js';
import { findLines } from './find-lines.js';
import { Graph } from './graph.js';
import { asRead, boxOf, inReadingOrder, planLines, widthAt } from './line-plan.js';
import { type Quadrilateral, scaled, turned } from './quadrilateral.js';
import type { ReadOutput } from './text-line.js';

/** Lines are padded to multiples of this width, in pixels: fewer shapes for onnxruntime to get to know. */
const widthStep = 32;

/** Of the time that there is; the rest is for the line that is being read, and for the way back. */
const readingShare = 0.85;

type Line = Decoded & { corners: Quadrilateral };

/** The graphs of a pack that reads writing. Lives in one thread; `run` blocks it, line by line. */
export class TextSession {
  readonly #input: DetectionInput;

  private constructor(
    readonly pack: TextPack,
    private readonly graphs: Record<keyof TextPack['graphs'], Graph>,
  ) {
    this.#input = new DetectionInput(pack.manifest.detection);
  }

  /** Opens the graphs, and runs each once on nothing, to see whether they fit together. @throws PackError */
  static async open(pack: TextPack): Promise<TextSession> {
    const open = (part: keyof TextPack['graphs']): Promise<Graph> => {
      const { input, output } = pack.manifest[part];
      return Graph.open({ pack: pack.manifest.name, path: pack.graphs[part], input, output });
    };
    const graphs = {
      detection: await open('detection'),
      orientation: await open('orientation'),
      recognition: await open('recognition'),
    };
    const { orientation, recognition } = pack.manifest;
    await graphs.detection.assertGives([3, 64, 96], [1, 1, 64, 96]);
    await graphs.orientation.assertGives([3, orientation.height, orientation.width], [1, 2]);
    await graphs.recognition.assertGives(
      [3, recognition.height, widthStep],
      [1, undefined, pack.alphabet.length],
    );
    return new TextSession(pack, graphs);
  }

  /**
   * Reads one picture after the other. Takes over the memory of the views.
   *
   * @param budgetMs for all of them; lines that are not begun in good time before its end are left out
   * @throws Error for anything that keeps a graph from giving sensible numbers
   */
  async run(
    views: BatchRequest['views'],
    budgetMs = Infinity,
  ): Promise<{ outputs: ViewOutcome<ReadOutput>[]; resizeMs: number; runMs: number }> {
    const started = performance.now();
    const outputs: ViewOutcome<ReadOutput>[] = [];
    let resizeMs = 0;
    for (const view of views) {
      const begun = performance.now();
      const { values, size } = this.#input.of(view);
      resizeMs += performance.now() - begun;
      const found = await this.#find(values, size);
      const lines = found.map((line) => scaled(line, view.width / size.width, view.height / size.height));
      outputs.push(ok(await this.#readAll(view, lines.map(asRead), started + budgetMs * readingShare)));
      discard(view.data);
    }
    return { outputs, resizeMs, runMs: performance.now() - started - resizeMs };
  }

  /** @param until on the clock of performance.now(): lines that are not begun by then are left out */
  async #readAll(view: Pixels, lines: readonly Quadrilateral[], until: number): Promise<ReadOutput> {
    const { read, leftOut } = planLines(lines, this.pack.manifest);
    const done: Line[] = [];
    const tooLate: Quadrilateral[] = [];
    for (const line of read) {
      if (performance.now() > until) tooLate.push(line);
      else done.push(await this.#read(view, await this.#upright(view, line)));
    }
    return {
      lines: inReadingOrder(done.filter((line) => this.#isReadable(line))).map(
        ({ text, confidence, corners }) => ({ text, confidence, box: boxOf(corners, view) }),
      ),
      leftOut: [...leftOut, ...tooLate].map((corners) => boxOf(corners, view)),
      tooLate: tooLate.length,
    };
  }

  async #find(input: Float32Array, { width, height }: Size): Promise<Quadrilateral[]> {
    const { values } = await this.graphs.detection.run(input, [3, height, width]);
    return findLines({ values, width, height }, this.pack.manifest.detection);
  }

  /** The line from its other end on when it stands on its head. */
  async #upright(view: Pixels, corners: Quadrilateral): Promise<Quadrilateral> {
    const { width, height, atLeast } = this.pack.manifest.orientation;
    const input = new Float32Array(3 * width * height);
    crop(view, corners, input, {
      width: widthAt(height, corners, { longestLine: width }),
      height,
      stride: width,
    });
    const { values } = await this.graphs.orientation.run(input, [3, height, width]);
    return values[1]! >= atLeast ? turned(corners, 2) : corners;
  }

  async #read(view: Pixels, corners: Quadrilateral): Promise<Line> {
    const { recognition } = this.pack.manifest;
    const { height } = recognition;
    const width = widthAt(height, corners, recognition);
    const stride = Math.ceil(width / widthStep) * widthStep;
    const input = new Float32Array(3 * height * stride);
    crop(view, corners, input, { width, height, stride });
    const { values } = await this.graphs.recognition.run(input, [3, height, stride]);
    return { ...decode(values, this.pack.alphabet), corners };
  }

  #isReadable({ text, confidence }: Decoded): boolean {
    return text.trim() !== '' && confidence >= this.pack.manifest.recognition.leastConfidence;
  }
}
