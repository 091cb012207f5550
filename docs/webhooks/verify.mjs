// Checks the signature of a Sluice webhook. Node 20 or later, no dependencies.
import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * @param {string | Buffer} body the request's body as it came, before any JSON parser
 * @param {string | undefined} header the request's `Sluice-Signature`
 * @param {string} secret as it was shown once, `whsec_` included
 * @param {{ toleranceSeconds?: number, now?: number }} [options] how old a delivery may be; the clock, in milliseconds
 * @returns {boolean}
 */
export function isFromSluice(body, header, secret, { toleranceSeconds = 300, now = Date.now() } = {}) {
  const parts = (header ?? '').split(',').map((part) => part.trim().split('='));
  const time = parts.find(([name]) => name === 't')?.[1] ?? '';
  if (!/^\d{1,15}$/.test(time) || Math.abs(now / 1000 - Number(time)) > toleranceSeconds) return false;
  const expected = createHmac('sha256', secret).update(`${time}.`).update(body).digest();
  // While a secret is being rotated there are two signatures: one of them has to fit.
  return parts
    .filter(([name, value]) => name === 'v1' && /^[0-9a-f]{64}$/.test(value ?? ''))
    .some(([, value]) => timingSafeEqual(Buffer.from(value, 'hex'), expected));
}
