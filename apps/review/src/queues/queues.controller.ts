import { Body, Controller, Get, Param, Post, Put } from '@nestjs/common';
import { ApiCookieAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { ApiProblems } from '#libs/platform';
import { Access } from '../access/access.js';
import { Moderator, type SignedInModerator } from '../access/caller.js';
import {
  type ChangedQueue,
  changedQueueSchema,
  type NewQueue,
  newQueueSchema,
  type QueueList,
  queueListSchema,
  queueNameParameterSchema,
  queueSchema,
  type QueueView,
} from './queue.dto.js';
import { QueuesService } from './queues.service.js';

@ApiTags('queues')
@ApiCookieAuth()
@Controller('v1/queues')
export class QueuesController {
  constructor(private readonly queues: QueuesService) {}

  @Get()
  @Access({ role: 'moderator' })
  @ApiOperation({ summary: 'All queues in their order, where you may claim, and how much waits in each' })
  @ApiResponse({ status: 200, standardSchema: queueListSchema })
  @ApiProblems('unauthorized', 'forbidden')
  list(@Moderator() moderator: SignedInModerator): Promise<QueueList> {
    return this.queues.list(moderator);
  }

  @Post()
  @Access({ role: 'lead' })
  @ApiOperation({ summary: 'Make a queue; cases reach it by routing rules' })
  @ApiResponse({ status: 201, standardSchema: queueSchema })
  @ApiProblems('invalid_request', 'unauthorized', 'forbidden', 'conflict')
  create(
    @Moderator() moderator: SignedInModerator,
    @Body({ schema: newQueueSchema }) queue: NewQueue,
  ): Promise<QueueView> {
    return this.queues.create(queue, moderator);
  }

  @Put(':name')
  @Access({ role: 'lead' })
  @ApiOperation({ summary: 'Change a queue, or disable it; cases that wait keep their due times' })
  @ApiResponse({ status: 200, standardSchema: queueSchema })
  @ApiProblems('invalid_request', 'unauthorized', 'forbidden', 'not_found', 'conflict')
  change(
    @Moderator() moderator: SignedInModerator,
    @Param({ schema: queueNameParameterSchema }) { name }: z.infer<typeof queueNameParameterSchema>,
    @Body({ schema: changedQueueSchema }) to: ChangedQueue,
  ): Promise<QueueView> {
    return this.queues.change(name, to, moderator);
  }
}
