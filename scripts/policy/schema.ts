import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { policyJsonSchema } from '#libs/domain';
import { projectRoot } from '#libs/platform';

/** npm run policy:schema: writes docs/policy.schema.json anew. A test compares it with what the program says. */
export const main = async (): Promise<number> => {
  const file = path.join(projectRoot, 'docs', 'policy.schema.json');
  await writeFile(file, `${JSON.stringify(policyJsonSchema(), null, 2)}\n`);
  console.log(file);
  return 0;
};
