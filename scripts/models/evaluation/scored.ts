/** What one pack said of one picture. */
export interface Scored {
  file: string;
  /** per category, 0–1 */
  scores: Record<string, number>;
  /** per category, 0–1: the sum of its labels' probabilities, which a calibration starts from */
  uncalibrated: Record<string, number>;
  /** per label, 0–1 */
  labels: Record<string, number>;
}
