import { applyDecorators, Catch, type ExceptionFilter, UseFilters } from '@nestjs/common';
import { type CustomTransportStrategy, EventPattern, Server } from '@nestjs/microservices';
import { lastValueFrom, type Observable, throwError } from 'rxjs';
import type { ConsumerGroup, Topic } from '#libs/domain';
import type { Delivery, EventBus, Outcome, SubscribeOptions, Subscription, TopicOf } from './event-bus.js';

/** Nest replaces what a handler throws by "Internal server error"; the bus wants the reason, for the dead letters. */
@Catch()
class AsItIs implements ExceptionFilter {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}

/**
 * Makes a controller's method the group's handler of these topics: `(batch: Delivery<T>[]) => Promise<Outcome[]>`, one
 * outcome per delivery, in the same order. Throwing retries the whole batch.
 */
export const OnEvents = (...topics: Topic[]): MethodDecorator =>
  applyDecorators(EventPattern<string[]>(topics), UseFilters(AsItIs));

/**
 * Nest's transport over any event bus: each `@OnEvents` method of the app becomes a subscription of its group, and they
 * end, with what is in work, when the app closes: after its HTTP side, before what it opened is closed. Nest's own Kafka
 * transport takes one message at a time and stops a partition at an error.
 */
export class BusTransport extends Server implements CustomTransportStrategy {
  override readonly propagatesEventHandlerErrors = true;
  private subscriptions: Subscription[] = [];

  constructor(
    private readonly bus: EventBus,
    private readonly group: ConsumerGroup,
    private readonly options: SubscribeOptions = {},
  ) {
    super();
  }

  listen(ready: (error?: unknown) => void): void {
    this.subscribeAll().then(() => ready(), ready);
  }

  async close(): Promise<void> {
    await Promise.all(this.subscriptions.map((subscription) => subscription.stop()));
  }

  /** @throws Error always: a bus has readiness and metrics instead of events of its own */
  override on(): never {
    throw new Error('The bus transport emits nothing to listen to');
  }

  override unwrap<T>(): T {
    return this.bus as T;
  }

  private async subscribeAll(): Promise<void> {
    const handlers = [...this.messageHandlers.keys()] as TopicOf<ConsumerGroup>[];
    const opened = await Promise.allSettled(handlers.map((topic) => this.subscribe(topic)));
    this.subscriptions = opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    const failed = opened.find((each) => each.status === 'rejected');
    if (failed) throw failed.reason;
  }

  private subscribe(topic: TopicOf<ConsumerGroup>): Promise<Subscription> {
    return this.bus.subscribe(topic, this.group, (batch) => this.handle(topic, batch), this.options);
  }

  private async handle(topic: Topic, batch: Delivery[]): Promise<Outcome[]> {
    const handler = this.getHandlerByPattern(topic)!;
    return lastValueFrom(this.transformToObservable(handler(batch)) as Observable<Outcome[]>);
  }
}
