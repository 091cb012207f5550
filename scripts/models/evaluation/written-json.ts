import { resolveConfig, format } from 'prettier';
import { join } from 'node:path';
import { projectRoot } from '#libs/platform';

/** As the files of the repository are written. */
export const writtenJson = async (value: unknown): Promise<string> => {
  const config = await resolveConfig(join(projectRoot, 'package.json'));
  return format(JSON.stringify(value), { ...config, parser: 'json' });
};
