import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiCookieAuth, ApiOperation, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { ApiProblems } from '#libs/platform';
import { Access } from '../access/access.js';
import { Moderator, type SignedInModerator } from '../access/caller.js';
import { CaseImageService } from './case-image.service.js';
import {
  type CaseId,
  caseIdSchema,
  type CasePage,
  casePageSchema,
  caseSchema,
  type CaseView,
  type ListQuery,
  listSchema,
  renditionSchema,
} from './case.dto.js';
import { CasesService } from './cases.service.js';

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
  list(
    @Moderator() moderator: SignedInModerator,
    @Query({ schema: listSchema }) query: ListQuery,
  ): Promise<CasePage> {
    return this.cases.page(query, moderator);
  }

  @Get(':id')
  @ApiOperation({ summary: 'One case' })
  @ApiResponse({ status: 200, standardSchema: caseSchema })
  @ApiProblems('invalid_request', 'unauthorized', 'not_found')
  get(
    @Moderator() moderator: SignedInModerator,
    @Param({ schema: caseIdSchema }) { id }: CaseId,
  ): Promise<CaseView> {
    return this.cases.get(id, moderator);
  }

  @Get(':id/image')
  @ApiOperation({ summary: 'The picture: blurred and small, or as it was sent (which the audit notes)' })
  @ApiProduces('image/*')
  @ApiProblems('invalid_request', 'unauthorized', 'not_found', 'undecodable_image')
  async image(
    @Moderator() moderator: SignedInModerator,
    @Param({ schema: caseIdSchema }) { id }: CaseId,
    @Query({ schema: renditionSchema }) { rendition }: z.infer<typeof renditionSchema>,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    // Whoever may not see the case may not see its picture.
    await this.cases.get(id, moderator);
    const { bytes, mediaType } = await this.images.render(id, rendition, moderator);
    await reply
      .header('content-type', mediaType)
      // Strangers' bytes: whatever they are, a browser shall show them as this and run nothing in them.
      .header('x-content-type-options', 'nosniff')
      .header('content-security-policy', `default-src 'none'; sandbox`)
      .header('cache-control', 'private, no-store')
      .send(bytes);
  }
}
