import { ApiProblems } from '#libs/platform';
import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiCookieAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Access } from '../../access/access.js';
import { actorOf, type Caller, CurrentCaller } from '../../access/caller.js';
import { type EndpointId, endpointIdSchema } from '../endpoints/endpoint.dto.js';
import { DeliveriesService } from './deliveries.service.js';
import {
  type DeliveryId,
  deliveryIdSchema,
  type DeliveryList,
  deliveryListSchema,
  type DeliveryPage,
  deliveryPageSchema,
  deliverySchema,
  type DeliveryView,
  type Redelivered,
  redeliveredSchema,
} from './delivery.dto.js';

@ApiTags('webhooks')
@ApiCookieAuth()
@ApiBearerAuth()
@Access({ role: 'lead', scope: 'webhooks:manage' })
@Controller('v1/webhooks/:id')
export class DeliveriesController {
  constructor(private readonly deliveries: DeliveriesService) {}

  @Get('deliveries')
  @ApiOperation({ summary: 'What was, is to be, or could not be delivered, the latest first' })
  @ApiResponse({ status: 200, standardSchema: deliveryPageSchema })
  @ApiProblems('invalid_request', 'unauthorized', 'forbidden', 'not_found')
  list(
    @Param({ schema: endpointIdSchema }) { id }: EndpointId,
    @Query({ schema: deliveryListSchema }) query: DeliveryList,
  ): Promise<DeliveryPage> {
    return this.deliveries.page(id, query);
  }

  @Post('deliveries/:deliveryId/redeliver')
  @HttpCode(202)
  @ApiOperation({ summary: 'Deliver it (again), now, under the same id' })
  @ApiResponse({ status: 202, standardSchema: deliverySchema })
  @ApiProblems('invalid_request', 'unauthorized', 'forbidden', 'not_found')
  redeliver(
    @CurrentCaller() caller: Caller,
    @Param({ schema: deliveryIdSchema }) { id, deliveryId }: DeliveryId,
  ): Promise<DeliveryView> {
    return this.deliveries.redeliver(actorOf(caller), id, deliveryId);
  }

  @Post('redeliver-failed')
  @HttpCode(202)
  @ApiOperation({ summary: 'Deliver again what had failed for good' })
  @ApiResponse({ status: 202, standardSchema: redeliveredSchema })
  @ApiProblems('invalid_request', 'unauthorized', 'forbidden', 'not_found')
  redeliverFailed(
    @CurrentCaller() caller: Caller,
    @Param({ schema: endpointIdSchema }) { id }: EndpointId,
  ): Promise<Redelivered> {
    return this.deliveries.redeliverFailed(actorOf(caller), id);
  }

  @Post('test')
  @HttpCode(202)
  @ApiOperation({ summary: 'Send an event of type webhook.test; the log tells what came of it' })
  @ApiResponse({ status: 202, standardSchema: deliverySchema })
  @ApiProblems('invalid_request', 'unauthorized', 'forbidden', 'not_found')
  test(
    @CurrentCaller() caller: Caller,
    @Param({ schema: endpointIdSchema }) { id }: EndpointId,
  ): Promise<DeliveryView> {
    return this.deliveries.test(actorOf(caller), id);
  }
}
