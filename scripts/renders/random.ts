import { seeded } from '../../test/fixtures/pictures.js';

/** Draws from a seeded generator: the same seed, the same draws. */
export class Random {
  private readonly draw: () => number;

  constructor(seed: number) {
    this.draw = seeded(seed);
  }

  /** uniform in [from, to) */
  between(from: number, to: number): number {
    return from + (to - from) * this.draw();
  }

  /** uniform among the whole numbers of [from, to] */
  whole(from: number, to: number): number {
    return from + Math.floor((to - from + 1) * this.draw());
  }

  /** @param share 0–1 */
  chance(share: number): boolean {
    return this.draw() < share;
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.whole(0, items.length - 1)]!;
  }

  /** Characters drawn from an alphabet. */
  text(alphabet: string, length: number): string {
    return Array.from({ length }, () => alphabet[this.whole(0, alphabet.length - 1)]).join('');
  }
}
