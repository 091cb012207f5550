import { Body, Controller, Get, Param, Post, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiCookieAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ApiProblems } from '#libs/platform';
import { Access } from '../access/access.js';
import { type Caller, CurrentCaller } from '../access/caller.js';
import {
  type AppealRequest,
  appealRequestSchema,
  appealSchema,
  type AppealView,
  type ContentAppeals,
  contentAppealsSchema,
  type ContentId,
  contentIdSchema,
} from './appeal.dto.js';
import { AppealsService } from './appeals.service.js';

@ApiTags('appeals')
@ApiBearerAuth()
@Controller('v1/content/:id/appeals')
export class ContentAppealsController {
  constructor(private readonly appeals: AppealsService) {}

  @Post()
  @Access({ scope: 'appeals:write' })
  @ApiOperation({
    summary:
      'Appeal a block: a person who took no part in it decides anew; the same request again finds the appeal',
  })
  @ApiResponse({ status: 201, standardSchema: appealSchema })
  @ApiResponse({ status: 200, standardSchema: appealSchema, description: 'It was received before' })
  @ApiProblems('invalid_request', 'unauthorized', 'forbidden', 'not_found', 'conflict')
  async file(
    @CurrentCaller() caller: Caller,
    @Param({ schema: contentIdSchema }) { id }: ContentId,
    @Body({ schema: appealRequestSchema }) request: AppealRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AppealView> {
    const { appeal, isNew } = await this.appeals.file(id, request, caller.id);
    reply.status(isNew ? 201 : 200);
    return appeal;
  }

  @Get()
  @Access({ role: 'senior', scope: 'appeals:write' })
  @ApiCookieAuth()
  @ApiOperation({ summary: 'The appeals about a content, the latest first' })
  @ApiResponse({ status: 200, standardSchema: contentAppealsSchema })
  @ApiProblems('invalid_request', 'unauthorized', 'forbidden', 'not_found')
  list(@Param({ schema: contentIdSchema }) { id }: ContentId): Promise<ContentAppeals> {
    return this.appeals.ofContent(id);
  }
}
