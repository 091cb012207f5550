import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const findUpwards = (from: string): string =>
  existsSync(join(from, 'package.json')) ? from : findUpwards(dirname(from));

/** The folder with package.json, whether this runs from dist or from source. */
export const projectRoot = findUpwards(dirname(fileURLToPath(import.meta.url)));
