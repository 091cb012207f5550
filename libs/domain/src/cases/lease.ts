/** A moderator's time-limited hold on a case. */
export interface Lease {
  /** fencing token: new with every claim, so that a late decision under an old lease is recognised */
  token: string;
  holderId: string;
  expiresAt: Date;
}

/** Whether the bearer of `token` still holds the case at `now`. The moment of expiry is already too late. */
export const leaseHolds = (
  lease: Lease | null,
  bearer: { token: string; holderId: string },
  now: Date,
): lease is Lease =>
  lease !== null &&
  lease.token === bearer.token &&
  lease.holderId === bearer.holderId &&
  now < lease.expiresAt;
