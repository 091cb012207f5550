import Table from 'cli-table3';
import { type CatalogueEntry, readCatalogue } from './catalogue/entry.js';

/**
 * npm run models:catalogue [-- NAME]
 * Lists the models that can be added by name, or says all about one. Fetches nothing.
 */

const unknown = 'not known';

const listed = (entries: CatalogueEntry[]): string => {
  const table = new Table({
    head: ['name', 'what', 'licence', 'MB', 'how'],
    colWidths: [null, 44, null, null, null],
    wordWrap: true,
    style: { head: [], border: [] },
  });
  for (const { name, title, licence, megabytes, get } of entries)
    table.push([
      name,
      title,
      licence,
      megabytes ?? unknown,
      get === 'graph' ? 'models:add' : 'convert first',
    ]);
  return table.toString();
};

const described = (entry: CatalogueEntry): string =>
  [
    `${entry.name}: ${entry.title}`,
    `licence  ${entry.licence}`,
    `page     ${entry.page}`,
    `fetched  ${entry.get === 'graph' ? entry.graph : entry.weights}`,
    `size     ${entry.megabytes === null ? unknown : `${entry.megabytes} MB`}`,
    `sha256   ${entry.sha256 ?? `${unknown}: locked at first use`}`,
    '',
    ...(entry.get === 'conversion'
      ? ['To convert it', ...entry.steps.map((step, i) => `${i + 1}. ${step}`)]
      : [`npm run models:add -- ${entry.name}`]),
    '',
    'To mind',
    ...entry.notes.map((note) => `- ${note}`),
  ].join('\n');

/** Returns the exit code. */
export const main = async ([name]: string[]): Promise<number> => {
  const entries = await readCatalogue();
  const entry = entries.find((each) => each.name === name);
  if (name !== undefined && entry === undefined) {
    console.error(
      `${name} is not in the catalogue, which has ${entries.map((each) => each.name).join(', ')}`,
    );
    return 1;
  }
  console.log(entry ? described(entry) : listed(entries));
  return 0;
};
