import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { createModerator, moderatorRoles } from '#libs/database';
import { withDatabase } from './with-database.js';

const usage = `Usage: npm run moderator:create -- --email <address> [--name <name>] [--role ${moderatorRoles.join('|')}]
                                   [--first-password]
The password is made and shown once; SLUICE_PASSWORD sets one of your own. With --first-password it only opens the way
to choose another, for somebody else's account.`;
const optionsSchema = z.object({
  email: z.email(),
  name: z.string().trim().min(1).max(100).optional(),
  role: z.enum(moderatorRoles).default('moderator'),
});

/** npm run moderator:create. For an address that has an account it sets a new name, role and password. */
export const main = async (args: string[]): Promise<number> => {
  const { values } = parseArgs({
    args,
    options: {
      email: { type: 'string' },
      name: { type: 'string' },
      role: { type: 'string' },
      'first-password': { type: 'boolean' },
    },
  });
  const options = optionsSchema.safeParse(values);
  if (!options.success) {
    console.error(`${usage}\n${z.prettifyError(options.error)}`);
    return 1;
  }
  const { email, name = email, role } = options.data;
  // From the environment, not an option: command lines are seen by every user of the machine.
  const chosen = process.env['SLUICE_PASSWORD'];
  const password = chosen ?? randomBytes(18).toString('base64url');
  const mustChangePassword = values['first-password'] ?? false;
  await withDatabase((dataSource) =>
    createModerator(dataSource, { email, displayName: name, role, password, mustChangePassword }),
  );
  if (chosen === undefined) console.log(password);
  console.error(
    `${email} may sign in as ${role}${chosen === undefined ? ' with the password above, shown only now' : ''}.`,
  );
  return 0;
};
