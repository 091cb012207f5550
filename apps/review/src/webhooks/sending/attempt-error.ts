import type { DeliveryError } from '#libs/domain';

const timeouts = /^(UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT|ETIMEDOUT)$/;
/** What OpenSSL and Node say of certificates and handshakes. */
const tls = /^(ERR_TLS|ERR_SSL|EPROTO|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/;

/** Why a request ended without an answer. */
export const attemptErrorOf = (error: unknown): DeliveryError => {
  const { name, code } = error as { name?: unknown; code?: unknown };
  if (name === 'TimeoutError' || name === 'AbortError') return 'timed_out';
  if (error instanceof TypeError || code === 'UND_ERR_INVALID_ARG') return 'internal_error';
  if (typeof code !== 'string') return 'connection_failed';
  if (timeouts.test(code)) return 'timed_out';
  return tls.test(code) ? 'tls_failed' : 'connection_failed';
};

/** What an answer's status means; undefined for a delivery. */
export const errorOfStatus = (status: number): DeliveryError | undefined => {
  if (status >= 200 && status < 300) return undefined;
  return status >= 300 && status < 400 ? 'redirected' : 'refused';
};
