import type { ImageFacts } from '#libs/images';
import type { GiveBack } from './holding.js';

/** A stored image that lies in memory until it is decoded. */
export class Prefetched {
  constructor(
    private stored: Buffer | null,
    readonly facts: ImageFacts,
    private readonly giveBack: GiveBack,
  ) {}

  get bytes(): Buffer {
    if (!this.stored) throw new Error('this image was let go');
    return this.stored;
  }

  /** Forgets the bytes, which a waiting caller would otherwise keep alive while the models run, and their place. */
  letGo(): void {
    this.stored = null;
    this.giveBack();
  }
}
