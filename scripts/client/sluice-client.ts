import { z } from 'zod';
import { moderationAnswerSchema, tierSchema, verdictSchema } from '#libs/domain';

/** What the client reads of `GET /v1/content/{id}`. */
const contentRecordSchema = z.object({
  id: z.uuid(),
  verdict: verdictSchema.nullable(),
  tier: tierSchema.nullable(),
  final: z.boolean(),
  history: z.array(
    moderationAnswerSchema.pick({
      tier: true,
      verdict: true,
      policy: true,
      categories: true,
      reasons: true,
      models: true,
    }),
  ),
});
export type ContentRecord = z.infer<typeof contentRecordSchema>;

/** A picture to ask about. The gateway looks at the bytes, not at the declared type. */
export interface Upload {
  bytes: Uint8Array;
  surface?: string;
  reference?: string;
}

/** The gateway as an upload service sees it. */
export class GatewayClient {
  constructor(
    private readonly url: string,
    private readonly apiKey: string,
  ) {}

  /** @throws HttpError unless the answer is 200 */
  async moderate({ bytes, surface, reference }: Upload): Promise<z.infer<typeof moderationAnswerSchema>> {
    const query = new URLSearchParams({ ...(surface && { surface }), ...(reference && { reference }) });
    const response = await this.fetch(`/v1/moderate?${query.toString()}`, {
      method: 'POST',
      headers: { 'content-type': 'image/jpeg' },
      body: Buffer.from(bytes),
    });
    return moderationAnswerSchema.parse(await bodyOf(response));
  }

  /** The verdict now, and all that led to it; undefined while the ledger does not know it yet. */
  async content(id: string): Promise<ContentRecord | undefined> {
    const response = await this.fetch(`/v1/content/${id}`);
    if (response.status === 404) return undefined;
    return contentRecordSchema.parse(await bodyOf(response));
  }

  private fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { ...(init.headers as Record<string, string>), authorization: `Bearer ${this.apiKey}` };
    return fetch(`${this.url}${path}`, { ...init, headers });
  }
}

/** An answer that says no: its status, and the problem document as text. */
export class HttpError extends Error {
  override readonly name = 'HttpError';

  constructor(
    readonly status: number,
    readonly body: string,
  ) {
    super(`${status}: ${body}`);
  }
}

export const bodyOf = async (response: Response): Promise<unknown> => {
  const text = await response.text();
  if (!response.ok) throw new HttpError(response.status, text);
  return JSON.parse(text);
};
