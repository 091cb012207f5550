/** What a row of classes says, and how sure it is of it, 0–1. */
export interface Decoded {
  text: string;
  confidence: number;
}

/**
 * The most probable class of each column, repeats made one, blanks left out: best path decoding of connectionist
 * temporal classification (Graves and others, 2006). The confidence is the mean over the characters that are left.
 *
 * @param probabilities columns from left to right, each `alphabet.length` values
 * @param alphabet what each class stands for; the first is the blank
 */
export const decode = (probabilities: Float32Array, alphabet: readonly string[]): Decoded => {
  const classes = alphabet.length;
  let text = '';
  let [sum, characters, last] = [0, 0, 0];
  for (let from = 0; from < probabilities.length; from += classes) {
    let best = from;
    for (let at = from + 1; at < from + classes; at += 1)
      if (probabilities[at]! > probabilities[best]!) best = at;
    const found = best - from;
    if (found !== 0 && found !== last) {
      text += alphabet[found]!;
      sum += probabilities[best]!;
      characters += 1;
    }
    last = found;
  }
  return { text, confidence: characters > 0 ? sum / characters : 0 };
};
