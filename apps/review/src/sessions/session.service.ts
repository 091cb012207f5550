import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { hashSessionToken, type ModeratorEntity, newSessionToken, type SignInMethod } from '#libs/database';
import { Problem } from '#libs/platform';
import type { Duty, SessionHolder } from '../access/caller.js';
import { CONFIG, type ReviewConfig } from '../review-config.js';
import { SessionCookie } from './session-cookie.js';
import { type FoundSession, type OwnSession, SessionRepository } from './session.repository.js';
import type { SignInOrigin } from './sign-in-origin.js';

type Cookies = FastifyRequest['cookies'];
type Account = Pick<
  ModeratorEntity,
  'id' | 'email' | 'displayName' | 'role' | 'passwordHash' | 'mustChangePassword'
>;

/** Sessions from their opening to their end, and who is behind one. */
@Injectable()
export class SessionService {
  constructor(
    private readonly sessions: SessionRepository,
    private readonly cookie: SessionCookie,
    @Inject(CONFIG) private readonly config: Pick<ReviewConfig, 'session' | 'secondFactor'>,
  ) {}

  /**
   * Opens a session and puts its cookie into the answer.
   * @param account as it was when its holder proved to be it
   * @returns undefined where the account was disabled, or its password changed, since then
   */
  async open(
    account: Account,
    method: SignInMethod,
    origin: SignInOrigin,
    reply: FastifyReply,
  ): Promise<SessionHolder | undefined> {
    const { token, hash } = newSessionToken();
    const { hours } = this.config.session;
    const sessionId = await this.sessions.open(hash, account, { hours, method, ...origin });
    if (sessionId === undefined) return undefined;
    this.cookie.give(reply, token);
    return this.holderIn({ ...account, sessionId, method });
  }

  /**
   * Who holds the session of these cookies; undefined where it has ended, was never there, or its account was disabled.
   * A token that is old enough is replaced in the answer. One that was replaced long ago, while its successor is in use,
   * is a copy in somebody else's hands: nobody can tell whose, so the session ends.
   */
  async holderOf(cookies: Cookies, reply: FastifyReply): Promise<SessionHolder | undefined> {
    const token = this.cookie.tokenIn(cookies);
    if (token === undefined) return undefined;
    const presented = hashSessionToken(token);
    const found = await this.sessions.present(presented, this.config.session);
    if (found?.isReplayed) {
      const why = 'a token was used again after it had been replaced';
      await this.sessions.end(found.id, found.sessionId, { actor: { kind: 'system' }, why });
      return undefined;
    }
    if (found?.isDue) await this.rotate(found.sessionId, presented, reply);
    return found && this.holderIn(found);
  }

  /** Puts a token that replaces a session's into the answer. */
  handOut(token: string, reply: FastifyReply): void {
    this.cookie.give(reply, token);
  }

  async signOut(cookies: Cookies, reply: FastifyReply): Promise<void> {
    const token = this.cookie.tokenIn(cookies);
    if (token !== undefined) await this.sessions.endByToken(hashSessionToken(token));
    this.cookie.take(reply);
  }

  own(moderatorId: string): Promise<OwnSession[]> {
    return this.sessions.ofModerator(moderatorId, this.config.session.idleMinutes);
  }

  /** @throws Problem `not_found` where it is not one of theirs */
  async endOwn(moderatorId: string, sessionId: string): Promise<void> {
    const actor = { kind: 'moderator', id: moderatorId } as const;
    const ended = await this.sessions.end(moderatorId, sessionId, { actor, why: 'ended by its owner' });
    if (!ended)
      throw new Problem('not_found', 'You have no session with this id; it may have ended by itself.');
  }

  private async rotate(sessionId: string, presented: Buffer, reply: FastifyReply): Promise<void> {
    const { token, hash } = newSessionToken();
    if (await this.sessions.rotate(sessionId, presented, hash, this.config.session))
      this.cookie.give(reply, token);
  }

  private holderIn(
    found: Pick<FoundSession, (keyof SessionHolder & keyof FoundSession) | 'method' | 'mustChangePassword'>,
  ): SessionHolder {
    const { id, email, displayName, role, sessionId, method, mustChangePassword } = found;
    const duties: Duty[] = [];
    if (mustChangePassword && method !== 'oidc') duties.push('new_password');
    if (method === 'password' && this.config.secondFactor.requiredFor.includes(role))
      duties.push('second_factor');
    return { id, email, displayName, role, sessionId, duties };
  }
}
