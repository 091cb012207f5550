import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiCookieAuth, ApiOperation, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { ApiProblems } from '#libs/platform';
import { Access } from '../access/access.js';
import { Moderator, type SignedInModerator } from '../access/caller.js';
import { CaseImageService } from './case-image.service.js';
import {
  bearerSchema,
  caseIdSchema,
  type CasePage,
  casePageSchema,
  caseSchema,
  type CaseView,
  type ClaimedCase,
  claimedSchema,
  claimSchema,
  type DecisionRequest,
  decisionRequestSchema,
  type ListQuery,
  listSchema,
  type RenewedLease,
  renewedSchema,
  renditionSchema,
} from './case.dto.js';
import { CasesService } from './cases.service.js';

type CaseId = z.infer<typeof caseIdSchema>;
type LeaseBearer = z.infer<typeof bearerSchema>;

@Access({ role: 'moderator' })
@ApiTags('cases')
@ApiCookieAuth()
@Controller('v1/cases')
export class CasesController {
  constructor(
    private readonly cases: CasesService,
    private readonly images: CaseImageService,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'Undecided cases, the most urgent first; with state=decided the latest decided first',
  })
  @ApiResponse({ status: 200, standardSchema: casePageSchema })
  @ApiProblems('invalid_request', 'unauthorized')
  list(@Query({ schema: listSchema }) query: ListQuery): Promise<CasePage> {
    return this.cases.page(query);
  }

  @Post('claim')
  @HttpCode(200)
  @ApiOperation({ summary: 'Take the most urgent case that nobody holds' })
  @ApiResponse({ status: 200, standardSchema: claimedSchema })
  @ApiResponse({ status: 204, description: 'Nothing waits' })
  @ApiProblems('invalid_request', 'unauthorized')
  async claim(
    @Moderator() moderator: SignedInModerator,
    @Body({ schema: claimSchema }) { queue }: z.infer<typeof claimSchema>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ClaimedCase | undefined> {
    const claimed = await this.cases.claim(moderator.id, queue);
    if (!claimed) void reply.status(204);
    return claimed;
  }

  @Get(':id')
  @ApiOperation({ summary: 'One case' })
  @ApiResponse({ status: 200, standardSchema: caseSchema })
  @ApiProblems('invalid_request', 'unauthorized', 'not_found')
  get(@Param({ schema: caseIdSchema }) { id }: CaseId): Promise<CaseView> {
    return this.cases.get(id);
  }

  @Get(':id/image')
  @ApiOperation({ summary: 'The picture: blurred and small, or as it was sent' })
  @ApiProduces('image/*')
  @ApiProblems('invalid_request', 'unauthorized', 'not_found', 'undecodable_image')
  async image(
    @Param({ schema: caseIdSchema }) { id }: CaseId,
    @Query({ schema: renditionSchema }) { rendition }: z.infer<typeof renditionSchema>,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { bytes, mediaType } = await this.images.render(id, rendition);
    await reply
      .header('content-type', mediaType)
      // Strangers' bytes: whatever they are, a browser shall show them as this and run nothing in them.
      .header('x-content-type-options', 'nosniff')
      .header('content-security-policy', `default-src 'none'; sandbox`)
      .header('cache-control', 'private, no-store')
      .send(bytes);
  }

  @Post(':id/renew')
  @HttpCode(200)
  @ApiOperation({ summary: 'Hold the case for longer' })
  @ApiResponse({ status: 200, standardSchema: renewedSchema })
  @ApiProblems('invalid_request', 'unauthorized', 'not_found', 'lease_lost')
  renew(
    @Moderator() moderator: SignedInModerator,
    @Param({ schema: caseIdSchema }) { id }: CaseId,
    @Body({ schema: bearerSchema }) { leaseToken }: LeaseBearer,
  ): Promise<RenewedLease> {
    return this.cases.renew(id, moderator.id, leaseToken);
  }

  @Post(':id/release')
  @HttpCode(204)
  @ApiOperation({ summary: 'Give the case back' })
  @ApiProblems('invalid_request', 'unauthorized', 'not_found', 'lease_lost')
  release(
    @Moderator() moderator: SignedInModerator,
    @Param({ schema: caseIdSchema }) { id }: CaseId,
    @Body({ schema: bearerSchema }) { leaseToken }: LeaseBearer,
  ): Promise<void> {
    return this.cases.release(id, moderator.id, leaseToken);
  }

  @Post(':id/decision')
  @HttpCode(200)
  @ApiOperation({ summary: 'Conclude the case; the same again under the same lease is answered the same' })
  @ApiResponse({ status: 200, standardSchema: caseSchema })
  @ApiProblems('invalid_request', 'unauthorized', 'not_found', 'lease_lost')
  decide(
    @Moderator() moderator: SignedInModerator,
    @Param({ schema: caseIdSchema }) { id }: CaseId,
    @Body({ schema: decisionRequestSchema }) request: DecisionRequest,
  ): Promise<CaseView> {
    return this.cases.decide(id, moderator.id, request);
  }
}
