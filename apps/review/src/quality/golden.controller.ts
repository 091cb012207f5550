import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiCookieAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { ApiProblems } from '#libs/platform';
import { Access } from '../access/access.js';
import { Moderator, type SignedInModerator } from '../access/caller.js';
import {
  goldenIdSchema,
  type GoldenList,
  goldenListSchema,
  type GoldenPage,
  goldenPageSchema,
  goldenSchema,
  type GoldenView,
  type NewGolden,
  newGoldenSchema,
  type Retirement,
  retirementSchema,
} from './golden.dto.js';
import { GoldenService } from './golden.service.js';

@Access({ role: 'lead' })
@ApiTags('quality')
@ApiCookieAuth()
@Controller('v1/golden')
export class GoldenController {
  constructor(private readonly golden: GoldenService) {}

  @Post()
  @ApiOperation({ summary: 'Make a decided case a golden one, whose right answer is known' })
  @ApiResponse({ status: 201, standardSchema: goldenSchema })
  @ApiProblems('invalid_request', 'unauthorized', 'forbidden', 'not_found', 'conflict')
  create(
    @Moderator() moderator: SignedInModerator,
    @Body({ schema: newGoldenSchema }) request: NewGolden,
  ): Promise<GoldenView> {
    return this.golden.create(request, moderator);
  }

  @Get()
  @ApiOperation({ summary: 'Golden cases and how they fared, the latest first' })
  @ApiResponse({ status: 200, standardSchema: goldenPageSchema })
  @ApiProblems('invalid_request', 'unauthorized', 'forbidden')
  list(@Query({ schema: goldenListSchema }) query: GoldenList): Promise<GoldenPage> {
    return this.golden.page(query);
  }

  @Post(':id/retire')
  @HttpCode(200)
  @ApiOperation({ summary: 'Give it to nobody any more; what was decided on it stays' })
  @ApiResponse({ status: 200, standardSchema: goldenSchema })
  @ApiProblems('invalid_request', 'unauthorized', 'forbidden', 'not_found')
  retire(
    @Moderator() moderator: SignedInModerator,
    @Param({ schema: goldenIdSchema }) { id }: z.infer<typeof goldenIdSchema>,
    @Body({ schema: retirementSchema }) request: Retirement,
  ): Promise<GoldenView> {
    return this.golden.retire(id, request, moderator);
  }
}
