import { Body, Controller, Delete, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { ApiProblems } from '#libs/platform';
import { Access, BeforeDuties } from '../access/access.js';
import { CurrentSession, type SessionHolder } from '../access/caller.js';
import {
  type Credentials,
  credentialsSchema,
  type OwnSessions,
  ownSessionsSchema,
  sessionIdSchema,
  type SignedIn,
  signedInSchema,
} from './session.dto.js';
import { SessionService } from './session.service.js';
import { SignInService } from './sign-in.service.js';
import { originOf } from './sign-in-origin.js';

@ApiTags('session')
@Controller('v1')
export class SessionController {
  constructor(
    private readonly signIns: SignInService,
    private readonly sessions: SessionService,
  ) {}

  @Access('public')
  @Post('session')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Sign in; the session is in the cookie that comes back',
    description:
      'Where the account has a second factor, the 401 says `secondFactor: required`: send totp, too.',
  })
  @ApiResponse({ status: 200, standardSchema: signedInSchema })
  @ApiProblems('invalid_request', 'unauthorized', 'rate_limited')
  async signIn(
    @Body({ schema: credentialsSchema }) credentials: Credentials,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SignedIn> {
    return shown(await this.signIns.signIn(credentials, originOf(request), reply));
  }

  @Access('public')
  @Delete('session')
  @HttpCode(204)
  @ApiOperation({ summary: 'Sign out; does nothing where nobody is signed in' })
  async signOut(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    await this.sessions.signOut(request.cookies, reply);
  }

  @Access({ role: 'moderator' })
  @BeforeDuties()
  @Get('me')
  @ApiOperation({ summary: 'Who is signed in' })
  @ApiResponse({ status: 200, standardSchema: signedInSchema })
  @ApiProblems('unauthorized')
  me(@CurrentSession() holder: SessionHolder): SignedIn {
    return shown(holder);
  }

  @Access({ role: 'moderator' })
  @BeforeDuties()
  @Get('me/sessions')
  @ApiOperation({ summary: 'Where oneself is signed in, the latest used first' })
  @ApiResponse({ status: 200, standardSchema: ownSessionsSchema })
  @ApiProblems('unauthorized')
  async own(@CurrentSession() { id, sessionId }: SessionHolder): Promise<OwnSessions> {
    const sessions = await this.sessions.own(id);
    return {
      sessions: sessions.map((each) => ({
        ...each,
        isThisOne: each.id === sessionId,
        createdAt: each.createdAt.toISOString(),
        lastSeenAt: each.lastSeenAt.toISOString(),
        expiresAt: each.expiresAt.toISOString(),
      })),
    };
  }

  @Access({ role: 'moderator' })
  @BeforeDuties()
  @Delete('me/sessions/:id')
  @HttpCode(204)
  @ApiOperation({ summary: 'End one of one’s own sessions' })
  @ApiProblems('invalid_request', 'unauthorized', 'not_found')
  endOwn(
    @CurrentSession() holder: SessionHolder,
    @Param({ schema: sessionIdSchema }) { id }: z.infer<typeof sessionIdSchema>,
  ): Promise<void> {
    return this.sessions.endOwn(holder.id, id);
  }
}

const shown = ({ id, email, displayName, role, duties }: SessionHolder): SignedIn => ({
  id,
  email,
  displayName,
  role,
  duties,
});
