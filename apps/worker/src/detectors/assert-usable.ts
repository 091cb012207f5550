import type { Category, Detector } from '#libs/domain';
import { DetectorError } from './detector-error.js';
import { isSpecialist } from './routing.js';

/** Of two detectors with one name nobody could tell who said what. @throws DetectorError */
export const assertDistinct = (detectors: readonly Detector[]): void => {
  const names = detectors.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined)
    throw new DetectorError(twice, 'there are two of this name: rename a pack, or take one away');
};

/**
 * A specialist that waits for a score which nobody gives was configured in vain, and its operator must hear of it.
 *
 * @param fast categories that the fast tier scores
 * @throws DetectorError
 */
export const assertRoutesScored = (detectors: readonly Detector[], fast: readonly Category[]): void => {
  const generals = detectors.filter((each) => !isSpecialist(each));
  const scored = [...fast, ...generals.flatMap(({ categories }) => categories)];
  for (const { name, route = [] } of detectors) {
    const unscored = route.find(({ category }) => !scored.includes(category));
    if (unscored)
      throw new DetectorError(
        name,
        `its route waits for a score of ${unscored.category}, which neither the fast tier nor a general detector gives`,
      );
  }
};
