import { describe, expect, it } from '@jest/globals';
import { readReviewConfig } from '../../review-config.js';

const read = (env: Record<string, string>) =>
  readReviewConfig({
    DATABASE_URL: 'postgres://127.0.0.1/sluice',
    OIDC_ISSUER: 'https://login.example.org',
    OIDC_CLIENT_ID: 'sluice',
    OIDC_REDIRECT_URL: 'https://review.example.org/v1/session/oidc/callback',
    ...env,
  }).oidc;

describe('the settings of an identity provider', () => {
  it('are none without an issuer', () => {
    expect(read({ OIDC_ISSUER: '' })).toBeUndefined();
  });

  it('say which value of the claim is which role', () => {
    const settings = read({
      OIDC_ROLE_CLAIM: 'groups',
      OIDC_ROLE_MAP: 'Trust & Safety = moderator, leads=lead',
    });
    expect(settings?.roleMap).toEqual(
      new Map([
        ['Trust & Safety', 'moderator'],
        ['leads', 'lead'],
      ]),
    );
  });

  it.each([
    ['http to another machine', { OIDC_ISSUER: 'http://login.example.org' }, 'OIDC_ISSUER'],
    [
      'a name that only looks like this machine',
      { OIDC_ISSUER: 'http://127.0.0.1.example.org' },
      'OIDC_ISSUER',
    ],
    ['no client', { OIDC_CLIENT_ID: '' }, 'OIDC_CLIENT_ID'],
    ['no way back', { OIDC_REDIRECT_URL: '' }, 'OIDC_REDIRECT_URL'],
    ['a role that is none', { OIDC_ROLE_MAP: 'leads=boss' }, 'OIDC_ROLE_MAP'],
  ])('are refused with %s, by the variable’s name', (_, env, name) => {
    expect(() => read(env as Record<string, string>)).toThrow(name);
  });

  it.each(['http://127.0.0.1:4000', 'http://[::1]:4000'])(
    'may be in the clear on this machine: %s',
    (issuer) => {
      expect(read({ OIDC_ISSUER: issuer })?.issuer.href).toContain(issuer);
    },
  );
});
