import { Body, Controller, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiCookieAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { ApiProblems } from '#libs/platform';
import { Access } from '../access/access.js';
import { Moderator, type SignedInModerator } from '../access/caller.js';
import { type CaseId, caseIdSchema } from './case.dto.js';
import {
  bearerSchema,
  type ClaimedCase,
  claimedCaseSchema,
  type ClaimedCases,
  claimedCasesSchema,
  type ClaimRequest,
  claimSchema,
  type EscalateRequest,
  escalateSchema,
  type LeaseBearer,
  type RenewedLease,
  type RenewedLeases,
  renewedManySchema,
  renewedSchema,
  type RenewManyRequest,
  renewManySchema,
  type SkipRequest,
  skipSchema,
} from './lease.dto.js';
import { LeasesService } from './leases.service.js';

@Access({ role: 'moderator' })
@ApiTags('cases')
@ApiCookieAuth()
@Controller('v1/cases')
export class LeasesController {
  constructor(private readonly leases: LeasesService) {}

  @Post('claim')
  @HttpCode(200)
  @ApiOperation({ summary: 'Take the most urgent case that nobody holds; with `count` as many as that' })
  @ApiResponse({ status: 200, standardSchema: z.union([claimedCaseSchema, claimedCasesSchema]) })
  @ApiResponse({ status: 204, description: 'Nothing waits where you may claim' })
  @ApiProblems('invalid_request', 'unauthorized')
  async claim(
    @Moderator() moderator: SignedInModerator,
    @Body({ schema: claimSchema }) request: ClaimRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ClaimedCase | ClaimedCases | undefined> {
    const claimed = await this.leases.claim(moderator, request);
    if (claimed.length === 0) {
      void reply.status(204);
      return undefined;
    }
    return request.count === undefined ? claimed[0] : { claimed };
  }

  @Post('renew')
  @HttpCode(200)
  @ApiOperation({ summary: 'Hold many cases for longer; a lease that is lost costs no other' })
  @ApiResponse({ status: 200, standardSchema: renewedManySchema })
  @ApiProblems('invalid_request', 'unauthorized')
  renewMany(
    @Moderator() moderator: SignedInModerator,
    @Body({ schema: renewManySchema }) request: RenewManyRequest,
  ): Promise<RenewedLeases> {
    return this.leases.renewMany(moderator, request);
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
    return this.leases.renew(id, moderator, leaseToken);
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
    return this.leases.release(id, moderator, leaseToken);
  }

  @Post(':id/skip')
  @HttpCode(204)
  @ApiOperation({ summary: 'Leave the case to others: you are not given it again' })
  @ApiProblems('invalid_request', 'unauthorized', 'not_found', 'lease_lost')
  skip(
    @Moderator() moderator: SignedInModerator,
    @Param({ schema: caseIdSchema }) { id }: CaseId,
    @Body({ schema: skipSchema }) request: SkipRequest,
  ): Promise<void> {
    return this.leases.skip(id, moderator, request);
  }

  @Post(':id/escalate')
  @HttpCode(204)
  @ApiOperation({ summary: 'Hand the case to a senior, with a note' })
  @ApiProblems('invalid_request', 'unauthorized', 'not_found', 'lease_lost')
  escalate(
    @Moderator() moderator: SignedInModerator,
    @Param({ schema: caseIdSchema }) { id }: CaseId,
    @Body({ schema: escalateSchema }) request: EscalateRequest,
  ): Promise<void> {
    return this.leases.escalate(id, moderator, request);
  }
}
