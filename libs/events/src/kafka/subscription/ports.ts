import type { Kafka, KafkaMessage, Message } from 'kafkajs';
import type { ConsumerGroup, EventOn, Result, Topic } from '#libs/domain';
import type { Logger } from '#libs/platform';
import type { BusObserver } from '../../bus-observer.js';
import type { KafkaDelivery } from '../delivery-options.js';

/** A message that could be read: the event, and what our own headers say about its way. */
export interface ReceivedEvent<T extends Topic = Topic> {
  event: EventOn<T>;
  /** 1 unless it came through a delay topic, which says it in a header */
  attempt: number;
  /** epoch milliseconds; 0 for now */
  notBefore: number;
  /** when the bus accepted the event: of the first message, not of its retries */
  acceptedAt: Date;
}

/** Never throws, whatever the message holds. */
export type ReadMessage = <T extends Topic>(
  topic: T,
  message: KafkaMessage,
) => Result<ReceivedEvent<T>, { code: 'unreadable'; detail: string }>;

/**
 * The same message for a delay topic: value, key and headers as they came, with the number of its next try and its due
 * time (epoch milliseconds) in headers, and `acceptedAt` kept.
 */
export type RetryMessage = (original: KafkaMessage, next: { attempt: number; notBefore: number }) => Message;

/** Resolves when all is durably accepted. @throws BusUnavailable; then part of it may have been accepted */
export interface MessageSender {
  send(records: { topic: string; messages: Message[] }[]): Promise<void>;
}

/** @throws BusUnavailable; burying again the same message must not make a second letter of it */
export interface DeadLetters {
  bury(
    message: KafkaMessage,
    letter: {
      topic: Topic;
      group: ConsumerGroup;
      reason: string;
      attempts: number;
      /** where the message lies: the same for each try to bury it */
      source: { topic: string; partition: number };
    },
  ): Promise<void>;
}

/** Names with the installation's prefix. */
export interface TopicNames {
  main(topic: Topic): string;
  /** `step` counts from 0 along `retryDelaysSeconds` */
  delay(topic: Topic, group: ConsumerGroup, step: number): string;
  readonly deadLetters: string;
  /** the consumer group's id */
  group(topic: Topic, group: ConsumerGroup): string;
}

/** What all subscriptions of one bus share. */
export interface SubscriptionParts {
  kafka: Kafka;
  names: TopicNames;
  sender: MessageSender;
  deadLetters: DeadLetters;
  delivery: KafkaDelivery;
  logger: Logger;
  observer: BusObserver;
  readMessage: ReadMessage;
  retryMessage: RetryMessage;
}
