import type { Actor } from '#libs/database';
import { Problem } from '#libs/platform';
import { Injectable } from '@nestjs/common';
import { EndpointsService } from '../endpoints/endpoints.service.js';
import { decodeSequenceCursor, encodeSequenceCursor } from './sequence-cursor.js';
import { DeliveriesRepository } from './deliveries.repository.js';
import type { DeliveryList, DeliveryPage, DeliveryView, Redelivered } from './delivery.dto.js';

/** Rows that one request changes at most. */
const mostRedelivered = 10_000;

/** What was delivered to an endpoint, what was not, and another try. */
@Injectable()
export class DeliveriesService {
  constructor(
    private readonly deliveries: DeliveriesRepository,
    private readonly endpoints: EndpointsService,
  ) {}

  /** @throws Problem `not_found`, `invalid_request` for a cursor that is none */
  async page(endpointId: string, { state, cursor, limit }: DeliveryList): Promise<DeliveryPage> {
    const before = cursor === undefined ? undefined : decodeSequenceCursor(cursor);
    await this.endpoints.get(endpointId);
    // One more than asked for tells whether anything follows.
    const found = await this.deliveries.page(endpointId, state, before, limit + 1);
    const page = found.slice(0, limit);
    const last = page.at(-1);
    return {
      deliveries: page.map(({ view }) => view),
      nextCursor: found.length > limit && last ? encodeSequenceCursor(last.sequence) : null,
    };
  }

  /** @throws Problem `not_found` */
  async redeliver(actor: Actor, endpointId: string, id: string): Promise<DeliveryView> {
    await this.endpoints.get(endpointId);
    const delivery = await this.deliveries.redeliver(actor, endpointId, id);
    if (!delivery) throw new Problem('not_found', `There is no delivery ${id} to this webhook.`);
    return delivery;
  }

  /** @throws Problem `not_found` */
  async redeliverFailed(actor: Actor, endpointId: string): Promise<Redelivered> {
    await this.endpoints.get(endpointId);
    const redelivered = await this.deliveries.redeliverFailed(actor, endpointId, mostRedelivered);
    return { redelivered, remaining: redelivered === mostRedelivered };
  }

  /** @throws Problem `not_found` */
  async test(actor: Actor, endpointId: string): Promise<DeliveryView> {
    await this.endpoints.get(endpointId);
    return this.deliveries.queueTest(actor, endpointId);
  }
}
