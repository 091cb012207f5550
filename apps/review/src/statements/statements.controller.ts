import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiCookieAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { type Statement, statementSchema } from '#libs/domain';
import { ApiProblems } from '#libs/platform';
import { Access } from '../access/access.js';
import {
  statedContentIdSchema,
  type StatementList,
  statementListSchema,
  type StatementPage,
  statementPageSchema,
} from './statement.dto.js';
import { StatementsService } from './statements.service.js';

@ApiTags('statements')
@ApiCookieAuth()
@Controller('v1')
export class StatementsController {
  constructor(private readonly statements: StatementsService) {}

  @Get('content/:id/statement')
  @Access({ role: 'senior', scope: 'statements:read' })
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Why the content is blocked: the statement of reasons for the block that holds' })
  @ApiResponse({ status: 200, standardSchema: statementSchema })
  @ApiProblems('invalid_request', 'unauthorized', 'forbidden', 'not_found')
  ofContent(
    @Param({ schema: statedContentIdSchema }) { id }: z.infer<typeof statedContentIdSchema>,
  ): Promise<Statement> {
    return this.statements.ofContent(id);
  }

  @Get('statements')
  @Access({ role: 'lead' })
  @ApiOperation({ summary: 'Statements of reasons in the order of their issue, at most 100 a page' })
  @ApiResponse({ status: 200, standardSchema: statementPageSchema })
  @ApiProblems('invalid_request', 'unauthorized', 'forbidden')
  list(@Query({ schema: statementListSchema }) query: StatementList): Promise<StatementPage> {
    return this.statements.page(query);
  }
}
