import { drawOf } from '../quality/draw.js';

/**
 * The number in [0, 1) that says whether a detector is called for a sample of the pictures. It depends on the content's id
 * and the detector's name only, so that every gateway and worker, and each repetition, draws the same. Detectors draw
 * apart: the sample of one is not the sample of another.
 *
 * @param contentId UUID of version 4 or 7
 */
export const detectorDraw =
  (contentId: string) =>
  (detector: string): number =>
    (drawOf(contentId) + fractionOf(detector)) % 1;

const offsetBasis = 0x811c9dc5;
const prime = 0x01000193;

/** FNV-1a with 32 bits (draft-eastlake-fnv), as a fraction in [0, 1). */
const fractionOf = (name: string): number => {
  let hash = offsetBasis;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, prime);
  return (hash >>> 0) / 2 ** 32;
};
