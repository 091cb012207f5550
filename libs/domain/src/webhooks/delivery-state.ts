/** `waiting` for its first or next attempt, `delivered` (2xx), or `failed` for good. */
export const deliveryStates = ['waiting', 'delivered', 'failed'] as const;
export type DeliveryState = (typeof deliveryStates)[number];

/** Why an attempt did not deliver. */
export const deliveryErrors = [
  /** the host is unknown, or does not answer who it is */
  'name_not_resolved',
  /** the address is none that webhooks may go to */
  'address_refused',
  'connection_failed',
  'tls_failed',
  'timed_out',
  /** 3xx: redirects are not followed */
  'redirected',
  /** any other status than 2xx */
  'refused',
  /** never tried again: its time had run out */
  'expired',
  /** a fault of ours */
  'internal_error',
] as const;
export type DeliveryError = (typeof deliveryErrors)[number];
