import type { KnownContent } from '#libs/database';
import type { PerceptualHash, Policy } from '#libs/domain';
import { HammingIndex } from '#libs/hash-list';

/** What an earlier decision says about an upload. */
export interface KnownMatch {
  verdict: KnownContent['verdict'];
  caseId: string;
  /** bits that differ, 0–31; 0 for the same bytes */
  distance: number;
}

/** Copies differ in at most this many of the 256 bits (ThreatExchange's recommended PDQ threshold). */
export const nearDistance = 31;
/** Below this quality a PDQ hash says too little about its picture to match by it. */
export const leastQuality = 50;

/**
 * Decided pictures in memory: by their bytes, and the blocked ones also by their look. A near copy inherits a block
 * only; if it inherited an allow, anybody could shape a bad picture until it passed for a good one.
 */
export class KnownPictures {
  private readonly bySha256 = new Map<string, KnownContent>();
  /** case behind each position of the index */
  private readonly cases: string[] = [];
  /** position in the index by the row's id */
  private readonly positions = new Map<string, number>();

  private constructor(private readonly index: HammingIndex) {}

  static async empty(): Promise<KnownPictures> {
    return new KnownPictures(await HammingIndex.build(new Uint32Array(0)));
  }

  get size(): number {
    return this.bySha256.size;
  }

  /** Whether there is any block that a near copy could inherit. */
  get hasBlocks(): boolean {
    return this.positions.size > 0;
  }

  /** Takes the last state of some rows; the same row may come again. */
  learn(rows: Iterable<KnownContent>): void {
    for (const row of rows) {
      if (row.revokedAt) this.forget(row);
      else this.keep(row);
    }
  }

  /**
   * The decision on exactly these bytes. A block holds for good; an allow until it expires, and only under the policy
   * version that it was given under. Once seen expired it is forgotten.
   */
  exact(sha256: string, policy: Pick<Policy, 'name' | 'version'>, now: Date): KnownMatch | undefined {
    const row = this.bySha256.get(sha256);
    if (row?.expiresAt && row.expiresAt <= now) this.forget(row);
    if (!row || (row.verdict === 'allow' && !stillAllows(row, policy, now))) return undefined;
    return { verdict: row.verdict, caseId: row.caseId, distance: 0 };
  }

  /** The nearest blocked picture that this one is a copy of. */
  nearBlock({ pdq, quality }: PerceptualHash): KnownMatch | undefined {
    if (quality < leastQuality || !this.hasBlocks) return undefined;
    const nearest = this.index.nearest(pdq, nearDistance);
    return nearest && { verdict: 'block', caseId: this.cases[nearest.index]!, distance: nearest.distance };
  }

  private keep(row: KnownContent): void {
    this.bySha256.set(row.sha256, row);
    if (row.verdict !== 'block' || row.pdq === null || (row.pdqQuality ?? 0) < leastQuality) return;
    if (this.positions.has(row.id)) return;
    const position = this.index.add(row.pdq);
    this.positions.set(row.id, position);
    this.cases[position] = row.caseId;
  }

  private forget(row: KnownContent): void {
    if (this.bySha256.get(row.sha256)?.id === row.id) this.bySha256.delete(row.sha256);
    const position = this.positions.get(row.id);
    if (position === undefined) return;
    this.index.remove(position);
    this.positions.delete(row.id);
  }
}

const stillAllows = (row: KnownContent, policy: Pick<Policy, 'name' | 'version'>, now: Date): boolean =>
  row.policyName === policy.name &&
  row.policyVersion === policy.version &&
  (row.expiresAt === null || now < row.expiresAt);
