import { createHmac } from 'node:crypto';

/**
 * The header `Sluice-Signature`: `t=<seconds since 1970>,v1=<hex HMAC-SHA256 of "t.body">`, with one `v1` for each secret
 * that is in force. The key is the whole secret as it was shown, `whsec_` included, as UTF-8.
 */
export const signatureHeader = (secrets: readonly string[], body: string, now: Date): string => {
  const seconds = Math.floor(now.getTime() / 1000);
  const signatures = secrets.map((secret) =>
    createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex'),
  );
  return [`t=${seconds}`, ...signatures.map((signature) => `v1=${signature}`)].join(',');
};
