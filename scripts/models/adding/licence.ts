import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import parse from 'spdx-expression-parse';
import { AddError } from './add-error.js';

/** Says that there is none, or that nobody knows. */
const nothingSaid = ['NOASSERTION', 'NONE', 'UNLICENSED', 'UNKNOWN'];
/** No licence fits in less. */
const leastCharacters = 40;

/**
 * Nobody may use a model whose licence is not known.
 *
 * @param licence as the manifest says: an SPDX expression, or LicenseRef-… for one that SPDX does not list
 * @throws AddError
 */
export const assertLicence = async (folder: string, licence: string): Promise<void> => {
  if (nothingSaid.includes(licence.trim().toUpperCase()))
    throw new AddError(`the manifest's licence is ${licence}: a model that nobody may use cannot be added`);
  try {
    parse(licence);
  } catch {
    throw new AddError(
      `the manifest's licence ${JSON.stringify(licence)} is no SPDX identifier, such as Apache-2.0 or MIT: see ` +
        'spdx.org/licenses, and write LicenseRef-<name> for one that is not listed there',
    );
  }
  const text = await readFile(join(folder, 'LICENSE'), 'utf8');
  if (text.trim().length < leastCharacters)
    throw new AddError('LICENSE holds no licence: it must have the whole text');
};
