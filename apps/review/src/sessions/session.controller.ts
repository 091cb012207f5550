import { Body, Controller, Delete, Get, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CONFIG, type ReviewConfig } from '../review-config.js';
import { Access } from '../access/access.js';
import { Moderator, type SignedInModerator } from '../access/caller.js';
import { sessionCookieName, sessionCookieOptions } from './session-cookie.js';
import { type Credentials, credentialsSchema, moderatorSchema } from './session.dto.js';
import { SessionService } from './session.service.js';

@ApiTags('session')
@Controller('v1')
export class SessionController {
  private readonly isSecure: boolean;

  constructor(
    private readonly sessions: SessionService,
    @Inject(CONFIG) config: ReviewConfig,
  ) {
    this.isSecure = config.session.secureCookies;
  }

  @Access('public')
  @Post('session')
  @HttpCode(200)
  @ApiOperation({ summary: 'Sign in; the session is in the cookie that comes back' })
  @ApiResponse({ status: 200, standardSchema: moderatorSchema })
  async signIn(
    @Body({ schema: credentialsSchema }) credentials: Credentials,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SignedInModerator> {
    const { token, moderator } = await this.sessions.signIn(credentials, request.ip);
    void reply.setCookie(sessionCookieName(this.isSecure), token, sessionCookieOptions(this.isSecure));
    return moderator;
  }

  @Access('public')
  @Delete('session')
  @HttpCode(204)
  @ApiOperation({ summary: 'Sign out; does nothing where nobody is signed in' })
  async signOut(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const token = request.cookies[sessionCookieName(this.isSecure)];
    if (token) await this.sessions.signOut(token);
    void reply.clearCookie(sessionCookieName(this.isSecure), sessionCookieOptions(this.isSecure));
  }

  @Access({ role: 'moderator' })
  @Get('me')
  @ApiOperation({ summary: 'Who is signed in' })
  @ApiResponse({ status: 200, standardSchema: moderatorSchema })
  me(@Moderator() moderator: SignedInModerator): SignedInModerator {
    return moderator;
  }
}
