import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** A request that was promised to be one, however often it is sent. */
export interface Reservation {
  /** hex */
  fingerprint: string;
  contentId: string;
  /** null until it was answered */
  response: object | null;
}

export interface IdempotencyId {
  apiKeyId: string;
  key: string;
}

@Injectable()
export class IdempotencyRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Takes the key for this request, or tells what it was taken for. */
  async reserve(id: IdempotencyId, fingerprint: string, contentId: string): Promise<Reservation> {
    // By the primary key. The update changes nothing, but makes RETURNING give the row that stands there already.
    const [row]: [Reservation] = await this.dataSource.query(
      `INSERT INTO idempotency_key AS stored (api_key_id, key, request_fingerprint, content_id)
       VALUES ($1, $2, decode($3, 'hex'), $4)
       ON CONFLICT (api_key_id, key) DO UPDATE SET key = stored.key
       RETURNING encode(request_fingerprint, 'hex') AS fingerprint, content_id AS "contentId", response`,
      [id.apiKeyId, id.key, fingerprint, contentId],
    );
    return row;
  }

  /** Stores the answer, unless one stands there already; returns the one that stands. */
  async settle<Answer extends object>(id: IdempotencyId, answer: Answer): Promise<Answer> {
    const [row]: [{ response: Answer }?] = await this.dataSource.query(
      `INSERT INTO idempotency_key AS stored (api_key_id, key, request_fingerprint, content_id, status, response)
       SELECT api_key_id, key, request_fingerprint, content_id, 'answered', $3
       FROM idempotency_key WHERE api_key_id = $1 AND key = $2
       ON CONFLICT (api_key_id, key) DO UPDATE
         SET status = 'answered', response = coalesce(stored.response, excluded.response)
       RETURNING response`,
      [id.apiKeyId, id.key, JSON.stringify(answer)],
    );
    return row?.response ?? answer;
  }

  /** @returns how many promises were older than they are kept */
  async forgetOlderThan(hours: number): Promise<number> {
    // idempotency_key_created_at_idx
    const [, count]: [unknown, number] = await this.dataSource.query(
      `DELETE FROM idempotency_key WHERE created_at < now() - make_interval(hours => $1)`,
      [hours],
    );
    return count;
  }
}
