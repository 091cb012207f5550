import { z } from 'zod';
import { type ModeratorRole, moderatorRoles } from '#libs/database';
import { ConfigError, fields } from '#libs/platform';

/** What the environment says about an identity provider; for a configuration schema. */
export const oidcFields = {
  OIDC_ISSUER: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Identity provider that people sign in with; without it there is only the password')
    .meta({ example: 'https://login.example.org' }),
  OIDC_CLIENT_ID: z.string().min(1).optional().meta({ example: 'sluice' }),
  OIDC_CLIENT_SECRET: z.string().min(1).optional().describe('Without it the client is a public one'),
  OIDC_REDIRECT_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Address of /v1/session/oidc/callback as browsers reach it')
    .meta({ example: 'https://review.example.org/v1/session/oidc/callback' }),
  OIDC_SCOPES: fields.text('openid email profile').describe('What is asked of the provider'),
  OIDC_ROLE_CLAIM: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Claim that gives the role at every sign-in, a text or a list of them; without it nobody gets a new account',
    )
    .meta({ example: 'groups' }),
  OIDC_ROLE_MAP: z
    .string()
    .transform((text, context) => roleMap(text, context))
    .default(new Map<string, ModeratorRole>())
    .describe('Which value of that claim is which role; by default each role is its own name')
    .meta({ example: 'trust-and-safety=moderator,ts-leads=lead' }),
  OIDC_LINK_VERIFIED_EMAIL: fields
    .flag(false)
    .describe(
      'Whether an account with the same address becomes that of whom the provider says it has verified',
    ),
};

export interface OidcSettings {
  issuer: URL;
  clientId: string;
  clientSecret: string | undefined;
  redirectUrl: URL;
  scopes: string;
  roleClaim: string | undefined;
  roleMap: Map<string, ModeratorRole>;
  linksVerifiedEmail: boolean;
}

interface Read {
  OIDC_ISSUER?: string | undefined;
  OIDC_CLIENT_ID?: string | undefined;
  OIDC_CLIENT_SECRET?: string | undefined;
  OIDC_REDIRECT_URL?: string | undefined;
  OIDC_SCOPES: string;
  OIDC_ROLE_CLAIM?: string | undefined;
  OIDC_ROLE_MAP: Map<string, ModeratorRole>;
  OIDC_LINK_VERIFIED_EMAIL: boolean;
}

/**
 * @returns undefined where no issuer is set
 * @throws ConfigError where something is missing beside it, or tokens would travel in the clear
 */
export const oidcSettings = (read: Read): OidcSettings | undefined => {
  if (read.OIDC_ISSUER === undefined) return undefined;
  const missing = (['OIDC_CLIENT_ID', 'OIDC_REDIRECT_URL'] as const).filter(
    (name) => read[name] === undefined,
  );
  if (missing.length > 0)
    throw new ConfigError(missing.map((name) => ({ name, problem: 'is missing, and OIDC_ISSUER needs it' })));
  const issuer = new URL(read.OIDC_ISSUER);
  if (issuer.protocol === 'http:' && !isLoopback(issuer))
    throw new ConfigError([
      { name: 'OIDC_ISSUER', problem: 'must be an https address; http is for this machine alone' },
    ]);
  return {
    issuer,
    clientId: read.OIDC_CLIENT_ID!,
    clientSecret: read.OIDC_CLIENT_SECRET,
    redirectUrl: new URL(read.OIDC_REDIRECT_URL!),
    scopes: read.OIDC_SCOPES,
    roleClaim: read.OIDC_ROLE_CLAIM,
    roleMap: read.OIDC_ROLE_MAP,
    linksVerifiedEmail: read.OIDC_LINK_VERIFIED_EMAIL,
  };
};

/** An address that no other machine can answer for. */
export const isLoopback = ({ hostname }: URL): boolean => /^(127(\.\d+){3}|\[::1\])$/.test(hostname);

const roleMap = (text: string, context: z.RefinementCtx): Map<string, ModeratorRole> => {
  const map = new Map<string, ModeratorRole>();
  for (const entry of text.split(',')) {
    const [, value, role] = /^\s*(.+?)\s*=\s*(\w+)\s*$/.exec(entry) ?? [];
    const known = moderatorRoles.find((each) => each === role);
    if (value === undefined || known === undefined)
      context.addIssue(`must be value=role, separated by commas; roles are ${moderatorRoles.join(', ')}`);
    else map.set(value, known);
  }
  return map;
};
