import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { policyJsonSchema } from '#libs/domain';
import { projectRoot } from '#libs/platform';

describe('docs/policy.schema.json', () => {
  it('is what a policy is: npm run policy:schema writes it anew', async () => {
    const written = await readFile(path.join(projectRoot, 'docs', 'policy.schema.json'), 'utf8');
    expect(JSON.parse(written)).toEqual(JSON.parse(JSON.stringify(policyJsonSchema())));
  });
});
