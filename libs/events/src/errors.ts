import { Problem } from '#libs/platform';

/** The bus cannot accept or answer now: a fault of ours that may pass. Callers see `bus_unavailable`, 503. */
export class BusUnavailable extends Problem {
  constructor(cause: unknown) {
    super('bus_unavailable', 'The event bus is out of reach, so nothing was accepted. Try again shortly.', {
      cause,
    });
    this.name = 'BusUnavailable';
  }
}

/** An event that may not be published: it breaks its topic's schema, or holds what JSON in Postgres cannot (NUL). */
export class InvalidEvent extends Error {
  constructor(topic: string, problem: string, options?: ErrorOptions) {
    super(`An event for ${topic} was not published: ${problem}`, options);
    this.name = 'InvalidEvent';
  }
}

/** Kafka cannot be used as it is configured: the start ends here, and the message says what to look at. */
export class KafkaStartError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'KafkaStartError';
  }
}
