import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiCookieAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { ApiProblems } from '#libs/platform';
import { Access } from '../access/access.js';
import { Moderator, type SignedInModerator } from '../access/caller.js';
import { type CaseId, caseIdSchema, caseSchema, type CaseView } from './case.dto.js';
import {
  type AlikeCases,
  alikeQuerySchema,
  alikeSchema,
  type DecidedCase,
  type DecidedMany,
  decidedManySchema,
  decidedSchema,
  type DecideManyRequest,
  decideManySchema,
  type DecisionRequest,
  decisionRequestSchema,
  type UndoRequest,
  undoSchema,
} from './decision.dto.js';
import { DecisionsService } from './decisions.service.js';

@Access({ role: 'moderator' })
@ApiTags('cases')
@ApiCookieAuth()
@Controller('v1/cases')
export class DecisionsController {
  constructor(private readonly decisions: DecisionsService) {}

  @Post('decisions')
  @HttpCode(200)
  @ApiOperation({ summary: 'Conclude many cases, each by itself: the answer holds an outcome for each' })
  @ApiResponse({ status: 200, standardSchema: decidedManySchema })
  @ApiProblems('invalid_request', 'unauthorized')
  decideMany(
    @Moderator() moderator: SignedInModerator,
    @Body({ schema: decideManySchema }) request: DecideManyRequest,
  ): Promise<DecidedMany> {
    return this.decisions.decideMany(moderator, request);
  }

  @Post(':id/decision')
  @HttpCode(200)
  @ApiOperation({
    summary:
      'Conclude the case, and with `alike` those that show the same; the same again under the same lease is answered the same',
  })
  @ApiResponse({ status: 200, standardSchema: decidedSchema })
  @ApiProblems('invalid_request', 'unauthorized', 'not_found', 'lease_lost')
  decide(
    @Moderator() moderator: SignedInModerator,
    @Param({ schema: caseIdSchema }) { id }: CaseId,
    @Body({ schema: decisionRequestSchema }) request: DecisionRequest,
  ): Promise<DecidedCase> {
    return this.decisions.decide(id, moderator, request);
  }

  @Get(':id/alike')
  @ApiOperation({ summary: 'The undecided cases that a decision on this one could conclude too' })
  @ApiResponse({ status: 200, standardSchema: alikeSchema })
  @ApiProblems('invalid_request', 'unauthorized', 'not_found')
  alike(
    @Moderator() moderator: SignedInModerator,
    @Param({ schema: caseIdSchema }) { id }: CaseId,
    @Query({ schema: alikeQuerySchema }) { alike }: z.infer<typeof alikeQuerySchema>,
  ): Promise<AlikeCases> {
    return this.decisions.alike(id, moderator, alike);
  }

  @Post(':id/undo')
  @HttpCode(200)
  @ApiOperation({ summary: 'Replace your own last decision on the case by another, soon after it' })
  @ApiResponse({ status: 200, standardSchema: caseSchema })
  @ApiProblems('invalid_request', 'unauthorized', 'not_found', 'conflict')
  undo(
    @Moderator() moderator: SignedInModerator,
    @Param({ schema: caseIdSchema }) { id }: CaseId,
    @Body({ schema: undoSchema }) request: UndoRequest,
  ): Promise<CaseView> {
    return this.decisions.undo(id, moderator, request);
  }
}
