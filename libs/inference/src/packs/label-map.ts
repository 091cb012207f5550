import type { Category } from '#libs/domain';
import type { Calibration } from './calibration.js';
import type { Manifest } from './manifest.js';

/** Which labels, by index, make up a category. */
export interface CategoryLabels {
  category: Category;
  labels: number[];
  calibration: Calibration | null;
}

/**
 * Resolves a manifest's label names to indices.
 *
 * @returns the reason why the names do not fit: a label twice, a name that is no label, a label that is neither in a
 * category nor declared benign
 */
export const mapLabels = (
  labels: string[],
  { categories, benign, calibration }: Pick<Manifest, 'categories' | 'benign' | 'calibration'>,
): CategoryLabels[] | { reason: string } => {
  const indexOf = new Map(labels.map((label, index) => [label, index]));
  if (indexOf.size < labels.length) {
    const twice = labels.find((label, index) => indexOf.get(label) !== index);
    return { reason: `label "${twice}" stands twice: labels must differ` };
  }
  const named = [...Object.values(categories).flat(), ...(Array.isArray(benign) ? benign : [])];
  const stranger = named.find((label) => !indexOf.has(label));
  if (stranger !== undefined) return { reason: `"${stranger}" is not one of the model's labels` };
  const orphan = Array.isArray(benign) ? labels.find((label) => !named.includes(label)) : undefined;
  if (orphan !== undefined) {
    return { reason: `label "${orphan}" has no category: map it, or list it under benign` };
  }
  const uncalibrated = Object.keys(calibration).find((category) => !Object.hasOwn(categories, category));
  if (uncalibrated !== undefined) return { reason: `calibration of ${uncalibrated}, which has no labels` };
  return Object.entries(categories).map(([category, names]) => ({
    category,
    labels: names.map((name) => indexOf.get(name)!),
    calibration: calibration[category] ?? null,
  }));
};
