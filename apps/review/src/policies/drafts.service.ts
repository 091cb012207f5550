import { Injectable } from '@nestjs/common';
import { defaultPolicyDocument } from '#libs/domain';
import { Problem } from '#libs/platform';
import { policyChanges } from '#libs/policies';
import { type DraftFailure, DraftsRepository, maxOpenDrafts } from './drafts.repository.js';
import { PoliciesRepository } from './policies.repository.js';
import { PoliciesService } from './policies.service.js';
import type { DraftChange, DraftView, NewDraft, NewPolicy } from './policy.dto.js';
import { sentDocument } from './sent-document.js';

/** Work on what shall be published. A draft judges nothing, and may be wrong until somebody publishes it. */
@Injectable()
export class DraftsService {
  constructor(
    private readonly drafts: DraftsRepository,
    private readonly repository: PoliciesRepository,
    private readonly policies: PoliciesService,
  ) {}

  /** The first draft of a new policy. @throws Problem `invalid_request`, `conflict` where the name is taken */
  async begin(authorId: string, request: NewPolicy): Promise<DraftView> {
    const { name, title, notes } = request;
    const document = sentDocument(request) ?? defaultPolicyDocument;
    return this.create(authorId, { name, title, notes, document, basedOn: null }, true);
  }

  /** @throws Problem `invalid_request`, `not_found`, `conflict` where too many are open */
  async add(authorId: string, name: string, request: NewDraft): Promise<DraftView> {
    const { fromVersion, title, notes } = request;
    const current = await this.repository.version(name);
    const basedOn = fromVersion ?? current?.version ?? null;
    const document = sentDocument(request) ?? (await this.policies.get(name, String(fromVersion))).document;
    return this.create(authorId, { name, title, notes, document, basedOn }, false);
  }

  /** @throws Problem `invalid_request`, `not_found`; `conflict` with what differs where somebody was faster */
  async change(authorId: string, name: string, id: string, request: DraftChange): Promise<DraftView> {
    const { revision, title, notes } = request;
    const document = sentDocument(request);
    const fields = {
      ...(document === undefined ? {} : { document }),
      ...(title === undefined ? {} : { title }),
      ...(notes === undefined ? {} : { notes }),
    };
    const changed = await this.drafts.change(moderator(authorId), { name, id, revision }, fields);
    if (!changed.ok) throw draftProblem(name, id, changed, document);
    return this.policies.draft(name, id);
  }

  /** @throws Problem `not_found`; `conflict` where somebody changed it since */
  async discard(authorId: string, name: string, id: string, revision: number): Promise<void> {
    const discarded = await this.drafts.discard(moderator(authorId), { name, id, revision });
    if (!discarded.ok) throw draftProblem(name, id, discarded);
  }

  private async create(
    authorId: string,
    draft: Parameters<DraftsRepository['create']>[1],
    isNewPolicy: boolean,
  ): Promise<DraftView> {
    const { name } = draft;
    const created = await this.drafts.create(moderator(authorId), draft, isNewPolicy);
    if (created.ok) return this.policies.draft(name, created.value);
    if (created.code === 'no_policy')
      throw new Problem('not_found', `There is no policy ${name}: POST /v1/policies begins one.`);
    if (created.code === 'name_taken')
      throw new Problem('conflict', `There is a policy ${name} already. Nothing was stored.`);
    throw new Problem(
      'conflict',
      `${maxOpenDrafts} drafts of ${name} are open: publish or discard one first. Nothing was stored.`,
    );
  }
}

const moderator = (id: string) => ({ kind: 'moderator', id }) as const;

/** @param wanted the document that was to replace the stored one */
export const draftProblem = (name: string, id: string, failure: DraftFailure, wanted?: unknown): Problem => {
  if (failure.code === 'not_found') return new Problem('not_found', `The policy ${name} has no draft ${id}.`);
  const { revision, updatedBy, updatedAt, publishedVersion, document } = failure.stored;
  const what =
    publishedVersion === null
      ? `Somebody changed this draft: its revision is ${revision} now`
      : `This draft has become version ${publishedVersion}`;
  return new Problem('conflict', `${what}. Nothing was changed: look at it, and try again.`, {
    extensions: {
      current: { revision, updatedBy, updatedAt: updatedAt.toISOString(), publishedVersion },
      ...(wanted === undefined ? {} : { changes: policyChanges(wanted, document) }),
    },
  });
};
