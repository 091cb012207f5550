import type { Look, ModelPack } from '#libs/inference';

/** Fewer pictures say nothing. */
const leastPictures = 5;
const almost = 1e-4;

/**
 * What looks wrong over all pictures, though each answer by itself may be right. Softmax over n values that lie in 0–1
 * already gives no label more than e / (e + n − 1), and a sigmoid of them lies in 0.5–0.73: a second activation, which
 * no single picture shows.
 */
export const suspicionsOf = ({ manifest, labels }: ModelPack, looks: readonly Look[]): string[] => {
  if (looks.length < leastPictures) return [];
  const { activation } = manifest.outputs.scores;
  const values = looks.flatMap((look) => Object.values(look.labels));
  const highest = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const lowest = values.reduce((a, b) => Math.min(a, b), Infinity);
  const suspicions: string[] = [];
  if (
    activation === 'softmax' &&
    labels.length > 1 &&
    highest <= Math.E / (Math.E + labels.length - 1) + almost
  )
    suspicions.push(
      'no label is ever surer than if the graph gave probabilities already: if it has a softmax inside, the manifest ' +
        'must say activation none',
    );
  if (activation === 'sigmoid' && lowest >= 0.5 - almost && highest <= 1 / (1 + Math.exp(-1)) + almost)
    suspicions.push(
      'every label lies in 0.5–0.73, as if the graph gave probabilities already: if it has a sigmoid inside, the ' +
        'manifest must say activation none',
    );
  const spread = Object.keys(looks[0]!.scores).map((category) => {
    const scores = looks.map((look) => look.scores[category]!);
    return Math.max(...scores) - Math.min(...scores);
  });
  if (Math.max(...spread) < almost)
    suspicions.push('every picture has the same scores: the input may not reach the graph as it was trained');
  return suspicions;
};
