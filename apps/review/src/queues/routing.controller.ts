import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiCookieAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '#libs/platform';
import { Access } from '../access/access.js';
import { Moderator, type SignedInModerator } from '../access/caller.js';
import { type RoutingRequest, routingRequestSchema, routingSchema, type RoutingView } from './routing.dto.js';
import { RoutingService } from './routing.service.js';

@ApiTags('queues')
@ApiCookieAuth()
@Controller('v1/routing')
export class RoutingController {
  constructor(private readonly routing: RoutingService) {}

  @Get()
  @Access({ role: 'lead' })
  @ApiOperation({ summary: 'The rules that route cases to queues, in their order' })
  @ApiResponse({ status: 200, standardSchema: routingSchema })
  @ApiProblems('unauthorized', 'forbidden')
  get(): Promise<RoutingView> {
    return this.routing.get();
  }

  @Put()
  @Access({ role: 'lead' })
  @ApiOperation({
    summary: 'Replace all rules',
    description:
      'The body names the version that it replaces; where somebody published since, the answer is 409 with what changed.',
  })
  @ApiResponse({ status: 200, standardSchema: routingSchema })
  @ApiProblems('invalid_request', 'unauthorized', 'forbidden', 'conflict')
  publish(
    @Moderator() moderator: SignedInModerator,
    @Body({ schema: routingRequestSchema }) request: RoutingRequest,
  ): Promise<RoutingView> {
    return this.routing.publish(request, moderator.id);
  }
}
