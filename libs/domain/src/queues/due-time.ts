/** Bounds of the time that a case may wait where its queue promises nothing, in seconds. */
const shortestWaitSeconds = 15 * 60;
const longestWaitSeconds = 24 * 60 * 60;

/** How much of the wait uncertainty and reach may take away, at most. */
const uncertaintyShare = 0.2;
const reachShare = 0.5;

/** A score this far above its threshold is not uncertain any more. */
const uncertainBand = 0.5;
/** Reach counts by its order of magnitude, up to ten million people. */
const largestAudience = 10_000_000;

export interface Urgency {
  receivedAt: Date;
  /** what raised the verdict: its score and the threshold that it crossed, 0–1 each; null where no score did */
  worst: { score: number; threshold: number } | null;
  /** people who will see it; null: nobody estimated */
  audience: number | null;
  /** the queue's promise; null: it made none */
  slaSeconds: number | null;
  /** of the routing rule, above 0 */
  priority: number;
}

/**
 * When a person should have looked at a case: what a queue is ordered by, stored once, so that a claim is one probe of
 * an index. Sooner the more severe it is (score), the less certain the models are (score near its threshold), and the
 * more people will see it; and since it counts from when the picture was received, neither a slow model nor an event
 * that comes twice moves it, and what has waited longest comes first among equals. Between 1/96 of the queue's promise
 * and the whole of it; a rule's priority divides the wait. Monotone in score, audience and priority. Pure.
 */
export const dueAt = ({ receivedAt, worst, audience, slaSeconds, priority }: Urgency): Date => {
  const longest = slaSeconds ?? longestWaitSeconds;
  const shortest = longest * (shortestWaitSeconds / longestWaitSeconds);
  const severity = within01(worst?.score ?? 0);
  const uncertainty = worst ? 1 - within01((severity - within01(worst.threshold)) / uncertainBand) : 0;
  const reach = within01(Math.log10(1 + (audience ?? 0)) / Math.log10(1 + largestAudience));
  const patience = (1 - severity) * (1 - uncertaintyShare * uncertainty) * (1 - reachShare * reach);
  const wait = Math.min(longest, (shortest + patience * (longest - shortest)) / priority);
  return secondsAfter(receivedAt, wait);
};

/** When the queue's promise is broken; null where it made none. */
export const slaAt = (receivedAt: Date, slaSeconds: number | null): Date | null =>
  slaSeconds === null ? null : secondsAfter(receivedAt, slaSeconds);

const within01 = (value: number): number => Math.min(1, Math.max(0, value));
const secondsAfter = (instant: Date, seconds: number): Date =>
  new Date(instant.getTime() + Math.round(seconds * 1000));
