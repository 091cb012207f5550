import {
  AuditEntryEntity,
  CaseExclusionEntity,
  CaseNoteEntity,
  ContentEntity,
  type DataSource,
  DecisionEntity,
  KnownContentEntity,
  ModerationCaseEntity,
  UndecidedPictureEntity,
  VerdictEntity,
} from '#libs/database';
import type { StoredCase } from '../../builders/case.builder.js';

/** Everything that is stored about a case, its content and its picture. */
export const rowsOfCase = async (
  dataSource: DataSource,
  { id, content }: Pick<StoredCase, 'id' | 'content'>,
) => {
  const of = dataSource.getRepository.bind(dataSource);
  return {
    case: await of(ModerationCaseEntity).findOneByOrFail({ id }),
    content: await of(ContentEntity).findOneByOrFail({ id: content.id }),
    verdicts: await of(VerdictEntity).find({
      where: { contentId: content.id },
      order: { at: 'ASC', key: 'ASC' },
    }),
    decisions: await of(DecisionEntity).find({
      where: { caseId: id },
      order: { decidedAt: 'ASC', id: 'ASC' },
    }),
    known: await of(KnownContentEntity).find({
      where: { sha256: Buffer.from(content.sha256, 'hex') },
      order: { id: 'ASC' },
    }),
    exclusions: await of(CaseExclusionEntity).find({ where: { caseId: id }, order: { moderatorId: 'ASC' } }),
    notes: await of(CaseNoteEntity).find({ where: { caseId: id }, order: { id: 'ASC' } }),
    undecidedPictures: await of(UndecidedPictureEntity).countBy({ caseId: id }),
    audit: await of(AuditEntryEntity).find({ where: { subjectId: id }, order: { id: 'ASC' } }),
  };
};
