import type { Pixels } from '#libs/domain';
import type { Manifest, Normalisation } from '../packs/manifest.js';
import { resizerFor } from '../resize/resizer-for.js';
import type { Resizer } from '../resize/resizer.js';

/**
 * A batch's input memory, allocated once: pictures are resized straight into it, and turned to floats or planes where
 * the pack asks for that.
 */
export class InputTensor {
  readonly data: Uint8Array | Float32Array;
  readonly #resizer: Resizer;
  /** values of one picture */
  readonly #size: number;
  /** where a picture is resized to before it is turned into something else than interleaved bytes */
  readonly #scratch: Uint8Array | undefined;
  readonly #write: (from: Uint8Array, offset: number) => void;

  constructor(
    private readonly manifest: Pick<Manifest, 'input' | 'resize'>,
    maxBatch: number,
  ) {
    const { width, height, dtype, layout, normalisation } = manifest.input;
    this.#size = width * height * 3;
    this.#resizer = resizerFor(manifest.resize.kind, width, height);
    this.data = new (dtype === 'uint8' ? Uint8Array : Float32Array)(this.#size * maxBatch);
    const asIs = dtype === 'uint8' && layout === 'nhwc';
    this.#scratch = asIs ? undefined : new Uint8Array(this.#size);
    const step = layout === 'nhwc' ? { pixel: 3, channel: 1 } : { pixel: 1, channel: width * height };
    const tables = [0, 1, 2].map((channel) => valueTable(normalisation, channel));
    this.#write = (from, offset) => {
      for (let channel = 0; channel < 3; channel += 1) {
        const table = tables[channel]!;
        let to = offset + channel * step.channel;
        for (let i = channel; i < from.length; i += 3, to += step.pixel) this.data[to] = table[from[i]!]!;
      }
    };
  }

  /** The graph's input shape for a batch. */
  shape(batch: number): number[] {
    const { width, height, layout } = this.manifest.input;
    return layout === 'nhwc' ? [batch, height, width, 3] : [batch, 3, height, width];
  }

  /** The memory of the first `batch` pictures, not copied. */
  view(batch: number): Uint8Array | Float32Array {
    return this.data.subarray(0, batch * this.#size);
  }

  /** Writes a picture of any size to the given place in the batch. */
  put(source: Pixels, place: number): void {
    const offset = place * this.#size;
    if (!this.#scratch) {
      this.#resizer.resize(source, this.data as Uint8Array, offset);
      return;
    }
    this.#resizer.resize(source, this.#scratch, 0);
    this.#write(this.#scratch, offset);
  }
}

/** What each of the 256 byte values becomes in a channel. */
const valueTable = (normalisation: 'in-graph' | Normalisation, channel: number): Float32Array =>
  Float32Array.from({ length: 256 }, (_, byte) =>
    normalisation === 'in-graph'
      ? byte
      : (byte / 255 - normalisation.mean[channel]!) / normalisation.std[channel]!,
  );
