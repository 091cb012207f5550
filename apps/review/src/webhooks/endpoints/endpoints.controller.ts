import { ApiProblems } from '#libs/platform';
import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiCookieAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Access } from '../../access/access.js';
import { actorOf, type Caller, CurrentCaller } from '../../access/caller.js';
import {
  type ChangeEndpoint,
  changeEndpointSchema,
  type CreateEndpoint,
  createdEndpointSchema,
  type CreatedEndpoint,
  createEndpointSchema,
  type EndpointId,
  endpointIdSchema,
  type EndpointList,
  endpointListSchema,
  type EndpointPage,
  endpointPageSchema,
  endpointSchema,
  type EndpointView,
  type RotateSecret,
  rotateSecretSchema,
} from './endpoint.dto.js';
import { EndpointsService } from './endpoints.service.js';

@ApiTags('webhooks')
@ApiCookieAuth()
@ApiBearerAuth()
@Access({ role: 'lead', scope: 'webhooks:manage' })
@Controller('v1/webhooks')
export class EndpointsController {
  constructor(private readonly endpoints: EndpointsService) {}

  @Get()
  @ApiOperation({ summary: 'The webhook endpoints, the latest first' })
  @ApiResponse({ status: 200, standardSchema: endpointPageSchema })
  @ApiProblems('invalid_request', 'unauthorized', 'forbidden')
  list(@Query({ schema: endpointListSchema }) query: EndpointList): Promise<EndpointPage> {
    return this.endpoints.page(query);
  }

  @Post()
  @ApiOperation({ summary: 'Have events of some types sent somewhere; the secret is in this answer only' })
  @ApiResponse({ status: 201, standardSchema: createdEndpointSchema })
  @ApiProblems('invalid_request', 'unauthorized', 'forbidden', 'conflict', 'unavailable')
  create(
    @CurrentCaller() caller: Caller,
    @Body({ schema: createEndpointSchema }) request: CreateEndpoint,
  ): Promise<CreatedEndpoint> {
    return this.endpoints.create(actorOf(caller), request);
  }

  @Get(':id')
  @ApiOperation({ summary: 'One webhook endpoint, and how its circuit breaker stands' })
  @ApiResponse({ status: 200, standardSchema: endpointSchema })
  @ApiProblems('invalid_request', 'unauthorized', 'forbidden', 'not_found')
  get(@Param({ schema: endpointIdSchema }) { id }: EndpointId): Promise<EndpointView> {
    return this.endpoints.get(id);
  }

  @Patch(':id')
  @ApiOperation({ summary: 'Change what is named; a new url closes the circuit breaker' })
  @ApiResponse({ status: 200, standardSchema: endpointSchema })
  @ApiProblems('invalid_request', 'unauthorized', 'forbidden', 'not_found')
  change(
    @CurrentCaller() caller: Caller,
    @Param({ schema: endpointIdSchema }) { id }: EndpointId,
    @Body({ schema: changeEndpointSchema }) change: ChangeEndpoint,
  ): Promise<EndpointView> {
    return this.endpoints.change(actorOf(caller), id, change);
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Send nothing more there, not even what waits' })
  @ApiProblems('invalid_request', 'unauthorized', 'forbidden', 'not_found')
  delete(
    @CurrentCaller() caller: Caller,
    @Param({ schema: endpointIdSchema }) { id }: EndpointId,
  ): Promise<void> {
    return this.endpoints.delete(actorOf(caller), id);
  }

  @Post(':id/rotate-secret')
  @HttpCode(200)
  @ApiOperation({
    summary: 'A new secret, shown in this answer only; the one until now signs beside it for a while',
  })
  @ApiResponse({ status: 200, standardSchema: createdEndpointSchema })
  @ApiProblems('invalid_request', 'unauthorized', 'forbidden', 'not_found', 'unavailable')
  rotateSecret(
    @CurrentCaller() caller: Caller,
    @Param({ schema: endpointIdSchema }) { id }: EndpointId,
    @Body({ schema: rotateSecretSchema }) request: RotateSecret,
  ): Promise<CreatedEndpoint> {
    return this.endpoints.rotateSecret(actorOf(caller), id, request);
  }
}
