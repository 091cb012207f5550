/** How events are delivered. Kept with the queues, so every app of one installation has to use the same. */
export interface DeliveryOptions {
  /** a consumer that is silent for so long is taken for dead, and its events go to another; whole seconds ≥ 1 */
  leaseSeconds: number;
  /** tries before an event becomes a dead letter */
  maxAttempts: number;
  /** wait after the first failed try, 1–2 × this for jitter; doubles with each try; whole seconds ≥ 1 */
  firstRetrySeconds: number;
  /** how often a queue is looked at although nothing was announced, in milliseconds */
  pollMs: number;
}

/** With twelve tries a store or a model may be away for half an hour before anything becomes a dead letter. */
export const defaultDelivery: DeliveryOptions = {
  leaseSeconds: 30,
  maxAttempts: 12,
  firstRetrySeconds: 1,
  pollMs: 1_000,
};
