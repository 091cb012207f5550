import { readFile } from 'node:fs/promises';
import { documentFromYaml } from '#libs/policies';

/** What a YAML file holds. @throws Error that says what cannot be read, and where */
export const yamlFile = async (file: string): Promise<unknown> => {
  const read = documentFromYaml(await readFile(file, 'utf8'));
  if (read.ok) return read.value;
  throw new Error(`${file}: ${read.problems.map(({ message }) => message).join('; ')}`);
};
