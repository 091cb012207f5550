import {
  type Call,
  type Category,
  type Detection,
  type Detector,
  ok,
  type Pixels,
  type Scores,
} from '#libs/domain';

/** A general detector that answers at once with zeros; give what the test is about. */
export const aDetector = (
  name: string,
  categories: Category[],
  facts: Partial<Omit<Detector, 'name' | 'categories'>> & { route?: readonly Call[] | undefined } = {},
): Detector => ({
  name,
  version: '1',
  categories,
  costClass: 'low',
  minShortSide: 100,
  detect: () => Promise.resolve(ok(aDetection(Object.fromEntries(categories.map((each) => [each, 0]))))),
  ...facts,
});

export const aDetection = (scores: Scores, facts: Partial<Detection> = {}): Detection => ({
  version: '1',
  scores,
  evidence: [],
  ...facts,
});

/** A small view of a picture. */
export const aView = (): Pixels => ({ data: new Uint8Array(3), width: 1, height: 1 });
