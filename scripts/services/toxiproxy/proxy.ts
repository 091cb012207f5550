import type { Toxic, ToxicWish, ToxiproxyApi } from './api.js';

/** One proxy of a Toxiproxy. */
export class Proxy {
  readonly port: number;

  constructor(
    private readonly api: ToxiproxyApi,
    readonly name: string,
    /** host:port where clients connect */
    readonly address: string,
  ) {
    this.port = Number(address.slice(address.lastIndexOf(':') + 1));
  }

  /** Drops the connections and refuses new ones. */
  async cut(): Promise<void> {
    await this.api.setEnabled(this.name, false);
  }

  /** Takes connections again, after a cut. */
  async restore(): Promise<void> {
    await this.api.setEnabled(this.name, true);
  }

  /** A second one of the same kind and direction is refused: clear first. */
  addToxic(wish: ToxicWish): Promise<Toxic> {
    return this.api.addToxic(this.name, wish);
  }

  /** Holds every answer back for this long, give or take the jitter. */
  async latency(ms: number, jitterMs = 0): Promise<void> {
    await this.addToxic({ type: 'latency', attributes: { latency: ms, jitter: jitterMs } });
  }

  /**
   * Connections stay open and are taken, but nothing passes, in either direction: what was sent meanwhile is lost. The
   * connections of that time are closed by `clear`.
   */
  async stall(): Promise<void> {
    await this.addToxic({ type: 'timeout', stream: 'upstream', attributes: { timeout: 0 } });
    await this.addToxic({ type: 'timeout', stream: 'downstream', attributes: { timeout: 0 } });
  }

  /** Takes all toxics away. A cut stays. */
  async clear(): Promise<void> {
    for (const { name } of await this.api.toxics(this.name)) await this.api.removeToxic(this.name, name);
  }

  async remove(): Promise<void> {
    await this.api.removeProxy(this.name);
  }
}
