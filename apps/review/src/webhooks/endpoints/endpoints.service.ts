import type { Actor } from '#libs/database';
import { breakerState } from '#libs/domain';
import { decodeCursor, encodeCursor, newId, Problem, SecretCipher } from '#libs/platform';
import { Inject, Injectable } from '@nestjs/common';
import { misfitOf, resolveTarget, TARGET_RULE, type TargetRule } from '../sending/target.js';
import type {
  ChangeEndpoint,
  CreateEndpoint,
  CreatedEndpoint,
  EndpointList,
  EndpointPage,
  EndpointView,
  RotateSecret,
} from './endpoint.dto.js';
import { newEndpointSecret, sealEndpointSecret } from './endpoint-secret.js';
import { type EndpointRow, EndpointsRepository } from './endpoints.repository.js';

/** Every event is written once for each endpoint that wants it, inside the transaction of whoever decides. */
const mostEndpoints = 100;

/** Webhook endpoints: who is told what, where, and signed with what. */
@Injectable()
export class EndpointsService {
  constructor(
    private readonly endpoints: EndpointsRepository,
    private readonly cipher: SecretCipher,
    @Inject(TARGET_RULE) private readonly targets: TargetRule,
  ) {}

  /** @throws Problem `invalid_request` for a cursor that is none */
  async page({ cursor, limit }: EndpointList): Promise<EndpointPage> {
    const before = cursor === undefined ? undefined : decodeCursor(cursor).id;
    // One more than asked for tells whether anything follows.
    const found = await this.endpoints.page(before, limit + 1);
    const page = found.slice(0, limit);
    const last = page.at(-1);
    return {
      webhooks: page.map(viewOf),
      nextCursor: found.length > limit && last ? encodeCursor({ at: last.createdAt, id: last.id }) : null,
    };
  }

  /** @throws Problem `not_found` */
  async get(id: string): Promise<EndpointView> {
    return viewOf((await this.endpoints.find(id)) ?? notFound(id));
  }

  /** @throws Problem `invalid_request` for a URL that webhooks may not go to, `conflict` beyond the most endpoints */
  async create(actor: Actor, { url, ...facts }: CreateEndpoint): Promise<CreatedEndpoint> {
    const checked = await this.checkedUrl(url);
    if ((await this.endpoints.count()) >= mostEndpoints)
      throw new Problem(
        'conflict',
        `There are ${mostEndpoints} webhooks already, which is the most; delete one first.`,
      );
    const id = newId();
    const secret = newEndpointSecret();
    const sealed = sealEndpointSecret(this.cipher, id, secret);
    const webhook = await this.endpoints.create(actor, id, { ...facts, url: checked }, sealed);
    return { webhook: viewOf(webhook), secret };
  }

  /** @throws Problem `not_found`, `invalid_request` */
  async change(actor: Actor, id: string, change: ChangeEndpoint): Promise<EndpointView> {
    const url = change.url === undefined ? {} : { url: await this.checkedUrl(change.url) };
    return viewOf((await this.endpoints.change(actor, id, { ...change, ...url })) ?? notFound(id));
  }

  /** @throws Problem `not_found` */
  async rotateSecret(actor: Actor, id: string, { overlapHours }: RotateSecret): Promise<CreatedEndpoint> {
    const secret = newEndpointSecret();
    const sealed = sealEndpointSecret(this.cipher, id, secret);
    const webhook = await this.endpoints.rotateSecret(actor, id, sealed, Math.round(overlapHours * 3600));
    return { webhook: viewOf(webhook ?? notFound(id)), secret };
  }

  /** @throws Problem `not_found` */
  async delete(actor: Actor, id: string): Promise<void> {
    if (!(await this.endpoints.delete(actor, id))) notFound(id);
  }

  /** As it is stored. The same is asked again at every delivery: a name may lead elsewhere by then. */
  private async checkedUrl(text: string): Promise<string> {
    const url = new URL(text);
    const misfit = misfitOf(this.targets, url);
    if (misfit !== undefined) throw refusedUrl(misfit);
    const target = await resolveTarget(this.targets, url);
    if (!target.ok) throw refusedUrl(target.detail);
    return url.href;
  }
}

const notFound = (id: string): never => {
  throw new Problem('not_found', `There is no webhook ${id}.`);
};

const refusedUrl = (message: string): Problem =>
  new Problem('invalid_request', `url: ${message}`, { fields: [{ path: 'url', message }] });

const viewOf = ({
  now,
  failures,
  openUntil,
  createdAt,
  previousSecretExpiresAt,
  ...endpoint
}: EndpointRow): EndpointView => ({
  ...endpoint,
  createdAt: createdAt.toISOString(),
  previousSecretExpiresAt: previousSecretExpiresAt?.toISOString() ?? null,
  breaker: {
    state: breakerState({ failures, openUntil }, now),
    failures,
    openUntil: openUntil?.toISOString() ?? null,
  },
});
