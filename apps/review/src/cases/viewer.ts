import { type ModeratorRole, moderatorRoles } from '#libs/database';
import { type CaseStage, caseStages } from '#libs/domain';

/** Who looks at cases. */
export interface Viewer {
  id: string;
  role: ModeratorRole;
}

/** Seniors and those above them take what others escalated, and see what others did. */
export const isSenior = ({ role }: Viewer): boolean =>
  moderatorRoles.indexOf(role) >= moderatorRoles.indexOf('senior');

/** Stages of cases that a person may be given. */
export const stagesFor = (viewer: Viewer): CaseStage[] =>
  caseStages.filter((stage) => stage !== 'escalated' || isSenior(viewer));
