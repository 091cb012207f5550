import { connectDatabase, migrate } from '#libs/database';
import { type DemoAccess, ensureDemoAccess } from './demo-access.js';

/** Brings the schema up to date, and makes the key and login to try the system with. */
export const prepareDatabase = async (
  url: string,
  dataDir: string,
): Promise<{ applied: number; access: DemoAccess }> => {
  const dataSource = await connectDatabase({ url, poolSize: 2, applicationName: 'sluice-start' });
  try {
    const applied = await migrate(dataSource);
    return { applied: applied.length, access: await ensureDemoAccess(dataSource, dataDir) };
  } finally {
    await dataSource.destroy();
  }
};
