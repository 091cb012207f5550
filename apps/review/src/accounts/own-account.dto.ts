import { z } from 'zod';
import { maxPasswordLength, minPasswordLength } from '#libs/database';

export const newPasswordSchema = z
  .object({
    oldPassword: z.string().min(1).max(maxPasswordLength),
    newPassword: z.string().min(minPasswordLength).max(maxPasswordLength),
  })
  .meta({ id: 'NewPassword' });
export type NewPassword = z.infer<typeof newPasswordSchema>;

export const totpBegunSchema = z
  .object({
    secret: z.string().describe('Base32; shown only now'),
    uri: z.string().describe('otpauth: URI of the same, for a QR code'),
  })
  .meta({ id: 'TotpBegun' });
export type TotpBegun = z.infer<typeof totpBegunSchema>;

export const totpCodeSchema = z
  .object({
    code: z
      .string()
      .trim()
      .regex(/^\d{6}$/, 'must be six digits'),
  })
  .meta({ id: 'TotpCode' });
export type TotpCode = z.infer<typeof totpCodeSchema>;

export const secondFactorProofSchema = z
  .object({ code: z.string().trim().min(6).max(40).describe('Six digits, or a recovery code') })
  .meta({ id: 'SecondFactorProof' });
export type SecondFactorProof = z.infer<typeof secondFactorProofSchema>;

export const recoveryCodesSchema = z
  .object({ recoveryCodes: z.array(z.string()).describe('Each signs in once; shown only now') })
  .meta({ id: 'RecoveryCodes' });
export type RecoveryCodes = z.infer<typeof recoveryCodesSchema>;
