/** A line that pictures are judged by, and where it comes from. */
export interface NamedThreshold {
  /** `policy, deep review`; of several that are the same number, all */
  name: string;
  /** 0–1 */
  threshold: number;
}
