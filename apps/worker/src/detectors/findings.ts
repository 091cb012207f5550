import type { Classification, Detection, DetectorFailure, Result, Unheard } from '#libs/domain';

/** What a detector answered. */
export interface Heard {
  name: string;
  answer: Result<Detection, DetectorFailure>;
}

/** What one of them makes of the picture as a whole. */
export interface PictureVector {
  model: string;
  version: string;
  values: Float32Array;
}

/** What detectors saw of one picture, and who of them has not answered. */
export interface Findings {
  seen: Classification[];
  unheard: Unheard[];
  embeddings: PictureVector[];
}

export const nothingFound: Findings = { seen: [], unheard: [], embeddings: [] };

/** In characters, as `Unheard` allows them. */
const longestDetail = 500;

/**
 * @param missing called, and not here
 * @throws Error for a full queue, or a stop: that passes, and the picture is to be looked at later
 */
export const findingsOf = (heard: readonly Heard[], missing: readonly string[]): Findings => {
  const found: Findings = { seen: [], unheard: missing.map(missingHere), embeddings: [] };
  for (const { name, answer } of heard) {
    if (!answer.ok) {
      found.unheard.push(unheard(name, answer));
      continue;
    }
    const { version, scores, evidence, embedding } = answer.value;
    const model = { name, version, tier: 'deep' as const };
    found.seen.push({ model, scores, ...(evidence.length > 0 ? { evidence } : {}) });
    if (embedding) found.embeddings.push({ model: name, version, values: embedding });
  }
  return found;
};

const unheard = (detector: string, { code, detail }: DetectorFailure): Unheard => {
  if (code === 'overloaded' || code === 'closed') throw new Error(`${code}: ${detector}: ${detail}`);
  return { detector, why: code === 'failed' ? 'failed' : 'skipped', detail: storable(detail) };
};

const missingHere = (detector: string): Unheard => ({
  detector,
  why: 'missing',
  detail: 'the policy calls it, and this worker does not have it',
});

const storable = (detail: string): string =>
  detail.slice(0, longestDetail).replaceAll(/\0|\p{Surrogate}/gu, ' ');
