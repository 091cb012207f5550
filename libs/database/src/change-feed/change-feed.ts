import { Coalesced } from './coalesced.js';
import { NotificationListener } from './notification-listener.js';

/** What other processes write and this one holds in memory. The payloads of the database's notifications. */
export type Change = 'policy' | 'known_content' | 'api_key' | 'webhook' | 'pack_trial';

const channel = 'sluice_changed';
const defaultPollMs = 1_000;

export interface ChangeFeedOptions {
  /** without it, libpq's own variables (PGHOST …) hold */
  url?: string;
  /** how often subscribers look on their own, in milliseconds: the bound on staleness when a notification is lost */
  pollMs?: number;
  /** told of every lost connection and failed refresh; the feed itself goes on */
  onTrouble?: (what: string, error: unknown) => void;
}

/**
 * Tells subscribers that something may have changed: by NOTIFY within milliseconds, by polling at the latest after
 * `pollMs`, and after each reconnect. A subscriber never runs twice at once, and one that fails is asked again at the
 * next poll.
 */
export class ChangeFeed {
  private readonly subscribers = new Set<{ change: Change; refresh: Coalesced; timer: NodeJS.Timeout }>();
  private readonly listener: NotificationListener;
  private readonly pollMs: number;
  private readonly onTrouble: (what: string, error: unknown) => void;

  constructor({ url, pollMs = defaultPollMs, onTrouble = () => undefined }: ChangeFeedOptions) {
    this.pollMs = pollMs;
    this.onTrouble = onTrouble;
    this.listener = new NotificationListener({
      url,
      channel,
      onNotification: (payload) => this.tell((change) => change === payload),
      onConnected: () => this.tell(() => true),
      onTrouble: (error) => this.onTrouble('change notifications are interrupted; polling goes on', error),
    });
  }

  /** A feed that listens already. */
  static async open(options: ChangeFeedOptions): Promise<ChangeFeed> {
    const feed = new ChangeFeed(options);
    await feed.start();
    return feed;
  }

  /** Begins to listen. Resolves also when the server is out of reach: the feed keeps trying. */
  start(): Promise<void> {
    return this.listener.start();
  }

  /**
   * Calls `refresh` whenever `change` may have happened. The first call is the subscriber's own business.
   * @returns what ends the subscription, and waits for a refresh that is under way
   */
  subscribe(change: Change, refresh: () => Promise<void>, pollMs = this.pollMs): () => Promise<void> {
    const coalesced = new Coalesced(refresh, (error) =>
      this.onTrouble(`refreshing ${change} failed; what was read last goes on to hold`, error),
    );
    const timer = setInterval(() => coalesced.ask(), pollMs);
    timer.unref();
    const subscriber = { change, refresh: coalesced, timer };
    this.subscribers.add(subscriber);
    return async () => {
      clearInterval(timer);
      this.subscribers.delete(subscriber);
      await coalesced.settled();
    };
  }

  async close(): Promise<void> {
    for (const { timer } of this.subscribers) clearInterval(timer);
    await this.listener.close();
    await Promise.all([...this.subscribers].map(({ refresh }) => refresh.settled()));
    this.subscribers.clear();
  }

  private tell(concerns: (change: Change) => boolean): void {
    for (const { change, refresh } of this.subscribers) if (concerns(change)) refresh.ask();
  }
}
