import { Injectable } from '@nestjs/common';
import { policyDocumentSchema } from '#libs/domain';
import { Problem } from '#libs/platform';
import { effectiveDocument, policyChanges, policyToYaml } from '#libs/policies';
import { PoliciesRepository } from './policies.repository.js';
import {
  type Changes,
  type DraftList,
  type DraftView,
  type PolicyPage,
  type VersionOrDraft,
  type VersionPage,
  versionRef,
} from './policy.dto.js';

/** Policies, their versions and drafts, for reading. */
@Injectable()
export class PoliciesService {
  constructor(private readonly policies: PoliciesRepository) {}

  async page({ cursor, limit }: { cursor?: string | undefined; limit: number }): Promise<PolicyPage> {
    const { items, next } = cut(await this.policies.policies(cursor, limit + 1), limit);
    return { policies: items, nextCursor: next?.name ?? null };
  }

  /** @throws Problem `not_found` */
  async versions(
    name: string,
    { cursor, limit }: { cursor?: string | undefined; limit: number },
  ): Promise<VersionPage> {
    const below = cursor === undefined ? undefined : Number(cursor);
    const found = await this.policies.versions(name, below, limit + 1);
    if (found.length === 0 && below === undefined) await this.refuseUnknown(name);
    const { items, next } = cut(found, limit);
    return { versions: items, nextCursor: next ? String(next.version) : null };
  }

  /** @throws Problem `not_found` */
  async drafts(name: string): Promise<DraftList> {
    const drafts = await this.policies.drafts(name);
    if (drafts.length === 0) await this.refuseUnknown(name);
    return { drafts };
  }

  /** @param version a number, `current`, or a draft's id. @throws Problem `not_found` */
  async get(name: string, version: string): Promise<VersionOrDraft> {
    const ref = versionRef(version);
    if (ref.kind === 'draft') return this.draft(name, ref.id);
    const current = await this.policies.version(name);
    const found = ref.kind === 'current' ? current : await this.policies.version(name, ref.version);
    if (!found) return notFound(name, version);
    const isCurrent = found.version === current?.version;
    return { kind: 'version', ...found, isCurrent, document: effectiveDocument(found.document) };
  }

  /** @throws Problem `not_found` */
  async draft(name: string, id: string): Promise<DraftView> {
    const found = await this.policies.draft(name, id);
    return found ? { kind: 'draft', ...found } : notFound(name, id);
  }

  /** @throws Problem `not_found`; `invalid_request` for a draft that is no policy yet */
  async yaml(name: string, version: string): Promise<string> {
    const found = await this.get(name, version);
    const document = policyDocumentSchema.safeParse(found.document);
    if (!document.success)
      throw new Problem('invalid_request', 'This is no policy yet: validate it, or read it as JSON.');
    return policyToYaml(document.data, captionOf(found));
  }

  /** From the first to the second. @throws Problem `not_found` */
  async diff(name: string, from: string, to: string): Promise<Changes> {
    const [one, other] = await Promise.all([this.get(name, from), this.get(name, to)]);
    return { changes: policyChanges(effectiveDocument(one.document), effectiveDocument(other.document)) };
  }

  private async refuseUnknown(name: string): Promise<void> {
    const [versions, drafts] = await Promise.all([
      this.policies.versions(name, undefined, 1),
      this.policies.drafts(name),
    ]);
    if (versions.length + drafts.length === 0) throw new Problem('not_found', `There is no policy ${name}.`);
  }
}

const notFound = (name: string, version: string): never => {
  throw new Problem('not_found', `The policy ${name} has no version or draft ${version}.`);
};

/** One more than asked for tells whether anything follows. */
const cut = <Item>(found: Item[], limit: number): { items: Item[]; next: Item | undefined } => {
  const items = found.slice(0, limit);
  return { items, next: found.length > limit ? items.at(-1) : undefined };
};

const captionOf = (found: VersionOrDraft): string => {
  if (found.kind === 'draft') return `${found.name}, draft "${found.title}", revision ${found.revision}`;
  const by = found.publishedBy ? ` by ${found.publishedBy.displayName}` : '';
  const why = found.reason === null ? '' : `: ${found.reason}`;
  return `${found.name}, version ${found.version}, published ${found.publishedAt}${by}${why}`;
};
