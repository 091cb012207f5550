import { randomUUID } from 'node:crypto';
import { createModerator, type DataSource, type ModeratorRole } from '#libs/database';

export const aPassword = 'correct horse battery staple';

/** An account that is stored, with `aPassword`. */
export const aModerator = async (
  dataSource: DataSource,
  {
    email = `${randomUUID()}@example.org`,
    role = 'moderator',
  }: { email?: string; role?: ModeratorRole } = {},
): Promise<{ id: string; email: string }> => ({
  id: await createModerator(dataSource, { email, role, displayName: 'Kim', password: aPassword }),
  email,
});
