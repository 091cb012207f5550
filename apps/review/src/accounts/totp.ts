import { Secret, TOTP } from 'otpauth';

/** Bytes: as long as what SHA-1 gives, which RFC 4226 (section 4) recommends. */
const secretBytes = 20;
const periodSeconds = 30;
/** Steps before and after the present one that count, too: clocks differ, and people type slowly. */
const window = 1;

/** A new secret, in base32. */
export const newTotpSecret = (): string => new Secret({ size: secretBytes }).base32;

/** What an authenticator app reads from a QR code: the `otpauth:` URI of the Key URI format. */
export const totpUri = (secret: string, label: string): string => totp(secret, label).toString();

/**
 * The time step that a code belongs to (RFC 6238): whole periods since 1970. The same step must not be accepted twice.
 * @param code 6 digits
 * @param now milliseconds since 1970
 * @returns undefined for a code that is wrong at this time
 */
export const stepOfCode = (secret: string, code: string, now: number): number | undefined => {
  const delta = totp(secret).validate({ token: code, timestamp: now, window });
  return delta === null ? undefined : TOTP.counter({ period: periodSeconds, timestamp: now }) + delta;
};

/** Authenticator apps understand these parameters everywhere, and no others. */
const totp = (secret: string, label = ''): TOTP =>
  new TOTP({
    issuer: 'Sluice',
    label,
    secret: Secret.fromBase32(secret),
    algorithm: 'SHA1',
    digits: 6,
    period: periodSeconds,
  });
