import { createHash } from 'node:crypto';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { LOGGER, type Logger, newId, Problem } from '#libs/platform';
import { type IdempotencyId, IdempotencyRepository } from './idempotency.repository.js';

/** What makes two requests the same one. */
export interface IdempotentRequest {
  apiKeyId: string;
  /** the Idempotency-Key header */
  header: string | string[] | undefined;
  /** everything that the answer depends on */
  request: (string | null)[];
}

/** As long as a caller may come back with a key; the README promises it. */
const keptHours = 24;
const sweepEveryMs = 3_600_000;

/** Visible ASCII; what Postgres, logs and other services take without surprises. */
const keyShape = /^[\x21-\x7e]{1,255}$/;

/**
 * One request, one content, one answer, however often it is sent: also after a restart, and through another gateway.
 * The id is reserved before the work, so that a repetition after a crash or an error goes on under the same id; the
 * first answer that is stored is the answer. Two gateways given the same new key at the same moment may both do the
 * work, under one id, and still give one answer.
 */
@Injectable()
export class IdempotencyService implements OnModuleInit, OnModuleDestroy {
  private readonly underway = new Map<string, { fingerprint: string; answer: Promise<object> }>();
  private sweeper: NodeJS.Timeout | undefined;

  constructor(
    private readonly repository: IdempotencyRepository,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    this.sweeper = setInterval(() => void this.sweep(), sweepEveryMs).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.sweeper);
  }

  /**
   * Does the work under a content id; without an Idempotency-Key simply so.
   *
   * @throws Problem `invalid_request` for a malformed key, `conflict` when the key was used for another request,
   * `unavailable` when the database is out of reach: the promise could not be kept
   */
  async once<Answer extends object>(
    { apiKeyId, header, request }: IdempotentRequest,
    work: (contentId: string) => Promise<Answer>,
  ): Promise<Answer> {
    if (header === undefined) return work(newId());
    const id = { apiKeyId, key: checked(header) };
    const fingerprint = createHash('sha256').update(JSON.stringify(request)).digest('hex');
    const name = JSON.stringify([id.apiKeyId, id.key]);
    const sameKey = this.underway.get(name);
    if (sameKey) {
      if (sameKey.fingerprint !== fingerprint) throw otherRequest();
      return (await sameKey.answer) as Answer;
    }
    const answer = this.reserved(id, fingerprint, work);
    this.underway.set(name, { fingerprint, answer });
    try {
      return await answer;
    } finally {
      this.underway.delete(name);
    }
  }

  private async reserved<Answer extends object>(
    id: IdempotencyId,
    fingerprint: string,
    work: (contentId: string) => Promise<Answer>,
  ): Promise<Answer> {
    const reservation = await orUnavailable(this.repository.reserve(id, fingerprint, newId()));
    if (reservation.fingerprint !== fingerprint) throw otherRequest();
    if (reservation.response) return reservation.response as Answer;
    const answer = await work(reservation.contentId);
    return orUnavailable(this.repository.settle(id, answer));
  }

  private async sweep(): Promise<void> {
    try {
      await this.repository.forgetOlderThan(keptHours);
    } catch (error) {
      this.logger.warn({ err: error }, 'old idempotency keys were not swept; the next sweep tries again');
    }
  }
}

const checked = (header: string | string[]): string => {
  if (typeof header === 'string' && keyShape.test(header)) return header;
  throw new Problem('invalid_request', 'Idempotency-Key must be 1 to 255 visible ASCII characters.', {
    fields: [{ path: 'Idempotency-Key', message: 'must be 1 to 255 visible ASCII characters' }],
  });
};

const otherRequest = (): Problem =>
  new Problem(
    'conflict',
    'This Idempotency-Key was used for another image or other parameters; take a new key for a new request.',
  );

const orUnavailable = <Value>(query: Promise<Value>): Promise<Value> =>
  query.catch((error: unknown) => {
    throw new Problem(
      'unavailable',
      'The database is out of reach, so the Idempotency-Key cannot be honoured. Send the same request again.',
      { cause: error },
    );
  });
