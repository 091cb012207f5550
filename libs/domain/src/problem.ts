/**
 * Every error that a caller can meet, with its HTTP status and title (RFC 9457). Codes are a contract: they may be
 * added, never renamed or given another status.
 */
export const problems = {
  invalid_request: { status: 400, title: 'The request is not valid' },
  unauthorized: { status: 401, title: 'Credentials are missing or wrong' },
  forbidden: { status: 403, title: 'Not allowed' },
  not_found: { status: 404, title: 'Not found' },
  method_not_allowed: { status: 405, title: 'The method does not fit this path' },
  request_timeout: { status: 408, title: 'The body did not arrive in time' },
  lease_lost: { status: 409, title: 'The lease is no longer yours' },
  conflict: { status: 409, title: 'The state has changed' },
  payload_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'Not a supported image' },
  undecodable_image: { status: 422, title: 'The image cannot be decoded' },
  too_many_pixels: { status: 422, title: 'The image has too many pixels or frames' },
  rate_limited: { status: 429, title: 'Too many requests' },
  internal_error: { status: 500, title: 'An error of ours' },
  overloaded: { status: 503, title: 'Busy: try again shortly' },
  bus_unavailable: { status: 503, title: 'The event bus is out of reach' },
  unavailable: { status: 503, title: 'Something this request needs is out of reach' },
} as const satisfies Record<string, { status: number; title: string }>;
export type ProblemCode = keyof typeof problems;
