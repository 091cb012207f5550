import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiProblems } from '#libs/platform';
import { Access } from '../../access/access.js';
import { originOf } from '../sign-in-origin.js';
import { OidcService } from './oidc.service.js';
import { PendingCookie } from './pending-cookie.js';

/** After the sign-in: the page that this app serves, which sends its session along itself. */
const home = '/';
const seeOther = 303;

@ApiTags('session')
@Access('public')
@Controller('v1/session/oidc')
export class OidcController {
  constructor(
    private readonly oidc: OidcService,
    private readonly pending: PendingCookie,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Sign in by the identity provider: leads a browser there' })
  @ApiResponse({ status: seeOther, description: 'To the provider' })
  @ApiProblems('not_found', 'unavailable')
  async begin(@Res() reply: FastifyReply): Promise<void> {
    const { url, pending } = await this.oidc.begin();
    this.pending.give(reply, pending);
    await reply.header('cache-control', 'no-store').redirect(url.href, seeOther);
  }

  @Get('callback')
  @ApiOperation({ summary: 'Where the identity provider leads a browser back to' })
  @ApiResponse({ status: seeOther, description: 'Signed in' })
  @ApiProblems('unauthorized', 'forbidden', 'not_found', 'rate_limited', 'unavailable')
  async finish(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const pending = this.pending.take(request, reply);
    await this.oidc.finish(queryOf(request), pending, originOf(request), reply);
    await reply.header('cache-control', 'no-store').redirect(home, seeOther);
  }
}

const queryOf = ({ url }: FastifyRequest): string => {
  const start = url.indexOf('?');
  return start < 0 ? '' : url.slice(start);
};
