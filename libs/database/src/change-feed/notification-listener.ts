import pg from 'pg';
import { backoffMs } from './backoff.js';

export interface ListenerOptions {
  /** without it, libpq's own variables hold */
  url?: string;
  channel: string;
  onNotification: (payload: string) => void;
  /** after every connect: notifications sent in between are lost, so everything may have changed */
  onConnected: () => void;
  onTrouble: (error: unknown) => void;
}

/** LISTEN on a connection of its own, which comes back by itself when it drops. */
export class NotificationListener {
  private client: pg.Client | undefined;
  private timer: NodeJS.Timeout | undefined;
  private attempt = 0;
  private closed = false;
  private connecting: Promise<void> | undefined;

  constructor(private readonly options: ListenerOptions) {}

  /** Resolves after the first attempt, whether or not it succeeded. */
  start(): Promise<void> {
    this.connecting = this.connect();
    return this.connecting;
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await this.connecting;
    await this.client?.end().catch(() => undefined);
  }

  private async connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.options.url,
      application_name: 'sluice-change-feed',
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
    });
    let lost = false;
    const onLost = (error?: unknown): void => {
      if (lost || this.closed) return;
      lost = true;
      this.client = undefined;
      this.options.onTrouble(error ?? new Error('the connection ended'));
      void client.end().catch(() => undefined);
      this.reconnectLater();
    };
    client.on('error', onLost);
    client.on('end', () => onLost());
    client.on('notification', ({ payload }) => this.options.onNotification(payload ?? ''));
    try {
      await client.connect();
      await client.query(`LISTEN ${client.escapeIdentifier(this.options.channel)}`);
    } catch (error) {
      onLost(error);
      return;
    }
    this.client = client;
    this.attempt = 0;
    this.options.onConnected();
  }

  private reconnectLater(): void {
    this.timer = setTimeout(() => {
      this.connecting = this.connect();
    }, backoffMs(this.attempt++));
    this.timer.unref();
  }
}
