import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCookieAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { ApiProblems } from '#libs/platform';
import { Access } from '../access/access.js';
import { actorOf, type Caller, CurrentCaller } from '../access/caller.js';
import {
  type InitialPassword,
  initialPasswordSchema,
  type ModeratorChange,
  moderatorChangeSchema,
  type ModeratorCreated,
  moderatorCreatedSchema,
  moderatorIdSchema,
  type ModeratorListQuery,
  moderatorListSchema,
  type ModeratorPage,
  moderatorPageSchema,
  moderatorSchema,
  type ModeratorView,
  type NewModeratorRequest,
  newModeratorSchema,
} from './moderator.dto.js';
import { ModeratorsService } from './moderators.service.js';

type ModeratorId = z.infer<typeof moderatorIdSchema>;

@ApiTags('moderators')
@ApiCookieAuth()
@Access({ role: 'admin' })
@Controller('v1/moderators')
export class ModeratorsController {
  constructor(private readonly moderators: ModeratorsService) {}

  @Get()
  @ApiOperation({ summary: 'Accounts in the order of their making' })
  @ApiResponse({ status: 200, standardSchema: moderatorPageSchema })
  @ApiProblems('invalid_request', 'unauthorized', 'forbidden')
  list(@Query({ schema: moderatorListSchema }) query: ModeratorListQuery): Promise<ModeratorPage> {
    return this.moderators.page(query);
  }

  @Post()
  @ApiOperation({ summary: 'Make an account; its first password is shown once' })
  @ApiResponse({ status: 201, standardSchema: moderatorCreatedSchema })
  @ApiProblems('invalid_request', 'unauthorized', 'forbidden', 'conflict')
  create(
    @CurrentCaller() caller: Caller,
    @Body({ schema: newModeratorSchema }) request: NewModeratorRequest,
  ): Promise<ModeratorCreated> {
    return this.moderators.create(request, actorOf(caller));
  }

  @Patch(':id')
  @ApiOperation({ summary: 'Change role, name or queues; disable or enable' })
  @ApiResponse({ status: 200, standardSchema: moderatorSchema })
  @ApiProblems('invalid_request', 'unauthorized', 'forbidden', 'not_found', 'conflict')
  change(
    @CurrentCaller() caller: Caller,
    @Param({ schema: moderatorIdSchema }) { id }: ModeratorId,
    @Body({ schema: moderatorChangeSchema }) change: ModeratorChange,
  ): Promise<ModeratorView> {
    return this.moderators.change(id, change, actorOf(caller));
  }

  @Post(':id/password')
  @HttpCode(200)
  @ApiOperation({ summary: 'Replace a password by a first one, shown once; sessions end' })
  @ApiResponse({ status: 200, standardSchema: initialPasswordSchema })
  @ApiProblems('invalid_request', 'unauthorized', 'forbidden', 'not_found')
  async resetPassword(
    @CurrentCaller() caller: Caller,
    @Param({ schema: moderatorIdSchema }) { id }: ModeratorId,
  ): Promise<InitialPassword> {
    return { initialPassword: await this.moderators.resetPassword(id, actorOf(caller)) };
  }

  @Delete(':id/totp')
  @HttpCode(204)
  @ApiOperation({ summary: 'Remove the second factor of somebody who has lost it' })
  @ApiProblems('invalid_request', 'unauthorized', 'forbidden', 'not_found')
  removeSecondFactor(
    @CurrentCaller() caller: Caller,
    @Param({ schema: moderatorIdSchema }) { id }: ModeratorId,
  ): Promise<void> {
    return this.moderators.removeSecondFactor(id, actorOf(caller));
  }
}
