import { Inject, Injectable } from '@nestjs/common';
import * as openid from 'openid-client';
import { Problem } from '#libs/platform';
import { CONFIG, type ReviewConfig } from '../../review-config.js';
import { isLoopback, type OidcSettings } from './oidc-settings.js';

/** What the browser keeps between going to the provider and coming back. */
export interface PendingSignIn {
  state: string;
  nonce: string;
  codeVerifier: string;
}

/** Seconds for each request to the provider. */
const timeoutSeconds = 10;

/** OpenID Connect with the configured provider: authorization code flow with PKCE (RFC 7636), state and nonce. */
@Injectable()
export class OidcClient {
  private discovered: Promise<openid.Configuration> | undefined;

  constructor(@Inject(CONFIG) private readonly config: Pick<ReviewConfig, 'oidc'>) {}

  /** @throws Problem `not_found` where no provider is configured */
  get settings(): OidcSettings {
    if (this.config.oidc) return this.config.oidc;
    throw new Problem('not_found', 'This installation has no identity provider: sign in with a password.');
  }

  /** @throws Problem `unavailable` */
  async begin(): Promise<{ url: URL; pending: PendingSignIn }> {
    const { redirectUrl, scopes } = this.settings;
    const provider = await this.provider();
    const pending = {
      state: openid.randomState(),
      nonce: openid.randomNonce(),
      codeVerifier: openid.randomPKCECodeVerifier(),
    };
    const url = openid.buildAuthorizationUrl(provider, {
      redirect_uri: redirectUrl.href,
      scope: scopes,
      state: pending.state,
      nonce: pending.nonce,
      code_challenge: await openid.calculatePKCECodeChallenge(pending.codeVerifier),
      code_challenge_method: 'S256',
    });
    return { url, pending };
  }

  /**
   * @param query what the provider has sent the browser back with
   * @returns the checked ID token's claims
   * @throws Problem `unauthorized` where the answer does not fit what was asked; `unavailable`
   */
  async finish(query: string, pending: PendingSignIn): Promise<openid.IDToken> {
    const answer = new URL(this.settings.redirectUrl);
    answer.search = query;
    const provider = await this.provider();
    try {
      const tokens = await openid.authorizationCodeGrant(provider, answer, {
        pkceCodeVerifier: pending.codeVerifier,
        expectedState: pending.state,
        expectedNonce: pending.nonce,
        idTokenExpected: true,
      });
      return tokens.claims()!;
    } catch (cause) {
      if (isOutOfReach(cause)) throw outOfReach(cause);
      throw new Problem(
        'unauthorized',
        'The identity provider did not confirm who you are, or its answer was for another sign-in: begin again.',
        { cause },
      );
    }
  }

  private async provider(): Promise<openid.Configuration> {
    this.discovered ??= this.discover();
    try {
      return await this.discovered;
    } catch (cause) {
      // The next one tries again.
      this.discovered = undefined;
      throw outOfReach(cause);
    }
  }

  private discover(): Promise<openid.Configuration> {
    const { issuer, clientId, clientSecret } = this.settings;
    return openid.discovery(issuer, clientId, clientSecret, undefined, {
      timeout: timeoutSeconds,
      execute: isLoopback(issuer) ? [openid.allowInsecureRequests] : [],
    });
  }
}

/** What the library throws for an answer has a class of its own; what remains is the network. */
const isOutOfReach = (error: unknown): boolean =>
  !(error instanceof openid.AuthorizationResponseError || error instanceof openid.ResponseBodyError) &&
  (!(error instanceof openid.ClientError) || error.code === 'OAUTH_TIMEOUT');

const outOfReach = (cause: unknown): Problem =>
  new Problem('unavailable', 'The identity provider does not answer. Nobody was signed in; try again.', {
    cause,
  });
