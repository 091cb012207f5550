import { Injectable } from '@nestjs/common';
import type { PolicyVersionEntity } from '#libs/database';
import { Problem } from '#libs/platform';
import { effectiveDocument, policyChanges } from '#libs/policies';
import { draftProblem } from './drafts.service.js';
import { PoliciesRepository } from './policies.repository.js';
import { PoliciesService } from './policies.service.js';
import {
  type Candidate,
  type PublicationRequest,
  type RollbackRequest,
  type Validation,
  type VersionOrDraft,
  versionRef,
} from './policy.dto.js';
import {
  type PublishingFailure,
  PublishingRepository,
  type PublishingRequest,
} from './publishing.repository.js';
import { readSent } from './sent-document.js';

/** From what somebody worked on to what gateways and workers judge by. */
@Injectable()
export class PublishingService {
  constructor(
    private readonly publishing: PublishingRepository,
    private readonly repository: PoliciesRepository,
    private readonly policies: PoliciesService,
  ) {}

  /** What is wrong or odd about a draft or a version. @throws Problem `not_found` */
  async validate(name: string, version: string): Promise<Validation> {
    const { document } = await this.policies.get(name, version);
    return this.examine(name, document);
  }

  /** The same for a document that is stored nowhere. */
  async validateSent(name: string, sent: Candidate): Promise<Validation> {
    const read = readSent(sent);
    return Array.isArray(read) ? { problems: read, warnings: [] } : this.examine(name, read);
  }

  /**
   * Makes a draft, or an older version once more, what holds. Gateways and workers take it up within a second or two.
   *
   * @throws Problem `not_found`; `invalid_request` with the fields that are wrong; `conflict` with what changed where
   * somebody published meanwhile. Then nothing was published
   */
  async publish(
    moderatorId: string,
    name: string,
    version: string,
    { reason, expectedCurrent, revision }: PublicationRequest,
  ): Promise<VersionOrDraft> {
    const ref = versionRef(version);
    if (ref.kind === 'current') throw alreadyHolds('version');
    const source = ref.kind === 'draft' ? { kind: 'draft' as const, id: ref.id, revision } : { ...ref };
    return this.makeCurrent(moderatorId, { name, source, reason, expectedCurrent });
  }

  /** Publishes an older version once more, as a new one. @throws as `publish` does */
  rollBack(
    moderatorId: string,
    name: string,
    { to, reason, expectedCurrent }: RollbackRequest,
  ): Promise<VersionOrDraft> {
    const source = { kind: 'version', version: to } as const;
    return this.makeCurrent(moderatorId, { name, source, reason, expectedCurrent });
  }

  private async makeCurrent(moderatorId: string, request: PublishingRequest): Promise<VersionOrDraft> {
    const published = await this.publishing.publish({ kind: 'moderator', id: moderatorId }, request);
    if (!published.ok) throw await this.refusal(request, published);
    return this.policies.get(request.name, String(published.value));
  }

  private async examine(name: string, document: unknown): Promise<Validation> {
    const { problems, warnings } = await this.publishing.examine(name, document);
    return { problems, warnings };
  }

  private async refusal(
    { name, source, expectedCurrent }: PublishingRequest,
    failure: PublishingFailure,
  ): Promise<Problem> {
    if (failure.code === 'invalid') {
      const told = failure.problems.map(({ path, message }) => `${path || 'document'}: ${message}`);
      return new Problem('invalid_request', `${told.join('; ')}. Nothing was published.`, {
        fields: failure.problems,
      });
    }
    if (failure.code === 'unchanged') return alreadyHolds(source.kind);
    if (failure.code === 'conflict') return this.passed(name, expectedCurrent, failure.current);
    if (source.kind === 'draft') return draftProblem(name, source.id, failure);
    return new Problem('not_found', `The policy ${name} has no version ${source.version}.`);
  }

  /** Whoever publishes sees what they would have overwritten. */
  private async passed(
    name: string,
    expected: number | null,
    current: PolicyVersionEntity | null,
  ): Promise<Problem> {
    const seen = expected === null ? undefined : await this.repository.version(name, expected);
    const held = current && (await this.repository.version(name, current.version));
    const by = held?.publishedBy ? ` by ${held.publishedBy.displayName}` : '';
    const what = held ? `version ${held.version} holds, published${by}` : 'no version is published yet';
    return new Problem('conflict', `Another version than you expect: ${what}. Nothing was published.`, {
      extensions: {
        current: held
          ? {
              version: held.version,
              publishedAt: held.publishedAt,
              publishedBy: held.publishedBy,
              reason: held.reason,
            }
          : null,
        changes:
          seen && held
            ? policyChanges(effectiveDocument(seen.document), effectiveDocument(held.document))
            : [],
      },
    });
  }
}

/** Human allows hold for the version that they were given under: a version that changes nothing would undo them all. */
const alreadyHolds = (what: 'draft' | 'version'): Problem =>
  new Problem('invalid_request', `This ${what} says what holds already. Nothing was published.`, {
    fields: [{ path: 'version', message: 'it changes nothing' }],
  });
