import { z } from 'zod';
import { ServiceError } from '../service-error.js';

const proxySchema = z.object({
  name: z.string(),
  /** host:port; the port that was chosen where 0 was asked for */
  listen: z.string().regex(/:\d+$/),
  upstream: z.string(),
  enabled: z.boolean(),
});
export type ProxyState = z.infer<typeof proxySchema>;

const toxicSchema = z.object({
  name: z.string(),
  type: z.string(),
  stream: z.enum(['upstream', 'downstream']),
  /** share of the connections it is for, 0 to 1 */
  toxicity: z.number(),
  attributes: z.record(z.string(), z.number()),
});
export type Toxic = z.infer<typeof toxicSchema>;

/** What the toxics do is in Toxiproxy's README. */
export interface ToxicWish {
  type: 'latency' | 'bandwidth' | 'slow_close' | 'timeout' | 'reset_peer' | 'slicer' | 'limit_data';
  /** upstream: what the client sends; downstream: what the server answers */
  stream?: Toxic['stream'];
  /** share of the connections, 0 to 1; default 1 */
  toxicity?: number;
  /** milliseconds, KB/s or bytes, by the toxic's kind */
  attributes?: Record<string, number>;
}

const limitMs = 10_000;

/** Toxiproxy's HTTP interface. What it answers is checked. */
export class ToxiproxyApi {
  constructor(private readonly url: string) {}

  async createProxy(wish: { name: string; upstream: string; listen: string }): Promise<ProxyState> {
    return proxySchema.parse(await this.ask('POST', '/proxies', { ...wish, enabled: true }));
  }

  async setEnabled(proxy: string, enabled: boolean): Promise<ProxyState> {
    return proxySchema.parse(await this.ask('POST', proxyPath(proxy), { enabled }));
  }

  async toxics(proxy: string): Promise<Toxic[]> {
    return z.array(toxicSchema).parse(await this.ask('GET', `${proxyPath(proxy)}/toxics`));
  }

  async addToxic(proxy: string, wish: ToxicWish): Promise<Toxic> {
    const { stream = 'downstream' } = wish;
    const toxic = { toxicity: 1, attributes: {}, ...wish, stream, name: `${wish.type}_${stream}` };
    return toxicSchema.parse(await this.ask('POST', `${proxyPath(proxy)}/toxics`, toxic));
  }

  async removeToxic(proxy: string, toxic: string): Promise<void> {
    await this.ask('DELETE', `${proxyPath(proxy)}/toxics/${encodeURIComponent(toxic)}`);
  }

  async removeProxy(proxy: string): Promise<void> {
    await this.ask('DELETE', proxyPath(proxy));
  }

  private async ask(method: string, path: string, body?: object): Promise<unknown> {
    const answer = await fetch(`${this.url}${path}`, {
      method,
      body: body && JSON.stringify(body),
      headers: body && { 'content-type': 'application/json' },
      signal: AbortSignal.timeout(limitMs),
    });
    const text = await answer.text();
    if (!answer.ok) throw new ServiceError(`Toxiproxy refused ${method} ${path}: ${answer.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }
}

const proxyPath = (proxy: string): string => `/proxies/${encodeURIComponent(proxy)}`;
