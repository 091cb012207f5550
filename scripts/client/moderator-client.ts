import { z } from 'zod';
import { tierSchema, verdictSchema } from '#libs/domain';
import { bodyOf, HttpError } from './sluice-client.js';

/** What the client reads of a claimed case. */
const claimedSchema = z.object({
  case: z.object({
    id: z.uuid(),
    queue: z.string(),
    state: z.string(),
    verdict: verdictSchema.nullable(),
    tier: tierSchema.nullable(),
    content: z.object({ id: z.uuid(), sha256: z.string(), surface: z.string() }),
  }),
  lease: z.object({ token: z.uuid(), expiresAt: z.iso.datetime() }),
});
export type ClaimedCase = z.infer<typeof claimedSchema>;

export interface Conclusion {
  verdict: 'allow' | 'block';
  reason: string;
  note?: string;
}

/** The review app as a signed-in moderator sees it. */
export class ModeratorClient {
  private constructor(
    private readonly url: string,
    private readonly cookie: string,
  ) {}

  static async signIn(url: string, login: { email: string; password: string }): Promise<ModeratorClient> {
    const { email, password } = login;
    const response = await fetch(`${url}/v1/session`, post({ email, password }));
    const [cookie] = response.headers.getSetCookie();
    await bodyOf(response);
    if (cookie === undefined) throw new Error('The sign-in set no cookie');
    return new ModeratorClient(url, cookie.split(';')[0]!);
  }

  /** undefined when nothing waits */
  async claim(queue?: string): Promise<ClaimedCase | undefined> {
    const response = await this.send('/v1/cases/claim', post({ queue }));
    return response.status === 204 ? undefined : claimedSchema.parse(await bodyOf(response));
  }

  async image(caseId: string, rendition: 'blurred' | 'original' = 'blurred'): Promise<Buffer> {
    const response = await this.send(`/v1/cases/${caseId}/image?rendition=${rendition}`);
    if (!response.ok) throw new HttpError(response.status, await response.text());
    return Buffer.from(await response.arrayBuffer());
  }

  async decide({ case: { id }, lease }: ClaimedCase, conclusion: Conclusion): Promise<void> {
    await bodyOf(
      await this.send(`/v1/cases/${id}/decision`, post({ leaseToken: lease.token, ...conclusion })),
    );
  }

  async release({ case: { id }, lease }: ClaimedCase): Promise<void> {
    const response = await this.send(`/v1/cases/${id}/release`, post({ leaseToken: lease.token }));
    if (!response.ok) throw new HttpError(response.status, await response.text());
  }

  private send(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { ...(init.headers as Record<string, string>), cookie: this.cookie };
    return fetch(`${this.url}${path}`, { ...init, headers });
  }
}

const post = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
