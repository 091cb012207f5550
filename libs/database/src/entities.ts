import { LoginTryEntity } from './accounts/login-try.entity.js';
import { ModeratorEntity } from './accounts/moderator.entity.js';
import { ModeratorIdentityEntity } from './accounts/moderator-identity.entity.js';
import { ModeratorQueueEntity } from './accounts/moderator-queue.entity.js';
import { RecoveryCodeEntity } from './accounts/recovery-code.entity.js';
import { SessionEntity } from './accounts/session.entity.js';
import { ApiKeyEntity } from './api-keys/api-key.entity.js';
import { AppealEntity } from './appeals/appeal.entity.js';
import { AuditEntryEntity } from './audit/audit-entry.entity.js';
import { AuditSealEntity } from './audit/audit-seal.entity.js';
import { AuditSealingEntity } from './audit/audit-sealing.entity.js';
import { CaseExclusionEntity } from './cases/case-exclusion.entity.js';
import { CaseNoteEntity } from './cases/case-note.entity.js';
import { DecisionEntity } from './cases/decision.entity.js';
import { ModerationCaseEntity } from './cases/moderation-case.entity.js';
import { UndecidedPictureEntity } from './cases/undecided-picture.entity.js';
import { ClassificationEntity } from './content/classification.entity.js';
import { ContentEntity } from './content/content.entity.js';
import { VerdictEntity } from './content/verdict.entity.js';
import { BlobErasureEntity } from './erasure/blob-erasure.entity.js';
import { ContentEmbeddingEntity } from './embeddings/content-embedding.entity.js';
import { EvidenceEntity } from './evidence/evidence.entity.js';
import { IdempotencyKeyEntity } from './idempotency/idempotency-key.entity.js';
import { KnownContentEntity } from './known-content/known-content.entity.js';
import { CaseContentEntity } from './queues/case-content.entity.js';
import { QueueEntity } from './queues/queue.entity.js';
import { RoutingRulesEntity } from './queues/routing-rules.entity.js';
import { GoldenCaseEntity } from './quality/golden-case.entity.js';
import { QualityLookEntity } from './quality/quality-look.entity.js';
import { PolicyDraftEntity } from './policies/policy-draft.entity.js';
import { PolicyVersionEntity } from './policies/policy-version.entity.js';
import { ScorerEntity } from './policies/scorer.entity.js';
import { PackHolderEntity } from './shadow/pack-holder.entity.js';
import { PackTrialEntity } from './shadow/pack-trial.entity.js';
import { ShadowClassificationEntity } from './shadow/shadow-classification.entity.js';
import { StatementEntity } from './statements/statement.entity.js';
import { WebhookDeliveryEntity } from './webhooks/webhook-delivery.entity.js';
import { WebhookEndpointEntity } from './webhooks/webhook-endpoint.entity.js';

/** Every table; a new entity counts only once it stands here. */
export const entities = [
  ApiKeyEntity,
  AppealEntity,
  AuditEntryEntity,
  AuditSealEntity,
  AuditSealingEntity,
  BlobErasureEntity,
  CaseContentEntity,
  CaseExclusionEntity,
  CaseNoteEntity,
  ClassificationEntity,
  ContentEmbeddingEntity,
  ContentEntity,
  DecisionEntity,
  EvidenceEntity,
  GoldenCaseEntity,
  IdempotencyKeyEntity,
  KnownContentEntity,
  LoginTryEntity,
  ModerationCaseEntity,
  ModeratorEntity,
  ModeratorIdentityEntity,
  ModeratorQueueEntity,
  PackHolderEntity,
  PackTrialEntity,
  PolicyDraftEntity,
  PolicyVersionEntity,
  ScorerEntity,
  QualityLookEntity,
  QueueEntity,
  RecoveryCodeEntity,
  RoutingRulesEntity,
  SessionEntity,
  ShadowClassificationEntity,
  StatementEntity,
  UndecidedPictureEntity,
  VerdictEntity,
  WebhookDeliveryEntity,
  WebhookEndpointEntity,
];
