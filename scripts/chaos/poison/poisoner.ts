import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { blobKeyFor, type BlobStore } from '#libs/blobs';
import { drawPoisoned } from '../load/picture.js';
import { brew, type Poison } from './poison.js';
import type { Stranger } from './stranger.js';

const triesOfEach = 20;

/** What was put on the bus: surely, or perhaps, where nobody heard whether it was taken. */
export interface PoisonBook {
  sure: Poison[];
  perhaps: Poison[];
}

/** Puts one poison message on the bus for every so many uploads. */
export class Poisoner {
  readonly book: PoisonBook = { sure: [], perhaps: [] };
  private number = 0;
  private last: Promise<void> = Promise.resolve();

  private constructor(
    private readonly stranger: Stranger,
    private readonly parts: { seed: number; apiKeyId: string; policyVersion: number; altered: string },
    private readonly signal: AbortSignal,
  ) {}

  /** Stores a picture and spoils it behind the store's back, which would take no other bytes under its key. */
  static async prepare(
    stranger: Stranger,
    { blobs, pictures }: { blobs: BlobStore; pictures: string },
    parts: { seed: number; apiKeyId: string; policyVersion: number },
    signal: AbortSignal,
  ): Promise<Poisoner> {
    const picture = await drawPoisoned(parts.seed, 0);
    const altered = createHash('sha256').update(picture).digest('hex');
    const key = blobKeyFor(altered);
    await blobs.put(key, picture);
    await writeFile(path.join(pictures, key), await drawPoisoned(parts.seed, 1));
    return new Poisoner(stranger, { ...parts, altered }, signal);
  }

  /** The next one, as soon as those before it are on the bus. */
  poison(): void {
    const number = this.number++;
    this.last = this.last.then(() => this.putUntilSure(number));
  }

  async close(): Promise<void> {
    await this.last;
    await this.stranger.close();
  }

  /** Where it is not known whether the bus took one, another id is taken for the next try: none is counted twice. */
  private async putUntilSure(number: number): Promise<void> {
    for (let tried = 0; tried < triesOfEach && !this.signal.aborted; tried++) {
      const poison = brew({ ...this.parts, number });
      if (await this.stranger.put(poison)) {
        this.book.sure.push(poison);
        return;
      }
      this.book.perhaps.push(poison);
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
  }
}
