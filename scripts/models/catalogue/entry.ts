import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { sha256Schema } from '#libs/domain';
import { projectRoot } from '../project-root.js';

/** What an entry says of a model, however it is had. */
const common = {
  name: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,63}$/),
  title: z.string().min(1),
  /** SPDX, as the page says */
  licence: z.string().min(1),
  /** where it is described */
  page: z.url({ protocol: /^https$/ }),
  /** of what is fetched, in megabytes; null: unknown */
  megabytes: z.number().positive().nullable(),
  /** of what is fetched; null: unknown, and locked at first use */
  sha256: sha256Schema.nullable(),
  /** what nobody has tried, and what to mind */
  notes: z.array(z.string()),
};

const manifestSchema = z
  .looseObject({
    name: z.string(),
    version: z.string(),
    file: z.string(),
    card: z.string(),
    licence: z.string(),
    source: z.string(),
    input: z.looseObject({ name: z.string().nullable(), width: z.number(), height: z.number() }),
    outputs: z.looseObject({ scores: z.looseObject({ name: z.string().nullable() }) }),
  })
  .describe('A manifest without sha256; names that are null are taken from the graph, where it has one each');

const entrySchema = z.discriminatedUnion('get', [
  z.strictObject({
    ...common,
    /** an ONNX graph that is published alone */
    get: z.literal('graph'),
    graph: z.url({ protocol: /^https$/ }),
    manifest: manifestSchema,
    /** file in the pack → file of this repository that is copied there */
    copies: z.record(z.string().regex(/^\w[\w.-]*$/), z.string().regex(/^models\/[\w./-]+$/)),
  }),
  z.strictObject({
    ...common,
    /** weights of another framework, which the operator converts */
    get: z.literal('conversion'),
    weights: z.url({ protocol: /^https$/ }),
    steps: z.array(z.string().min(1)).min(1),
  }),
]);
export type CatalogueEntry = z.output<typeof entrySchema>;

const catalogueSchema = z
  .strictObject({ $comment: z.string(), entries: z.array(entrySchema) })
  .refine(
    ({ entries }) => new Set(entries.map(({ name }) => name)).size === entries.length,
    'a name stands twice',
  );

export const readCatalogue = async (): Promise<CatalogueEntry[]> =>
  catalogueSchema.parse(JSON.parse(await readFile(join(projectRoot, 'models', 'catalogue.json'), 'utf8')))
    .entries;

/** [name in the pack, absolute path] of what the repository gives to an entry's pack. */
export const copiedFiles = ({ copies }: Extract<CatalogueEntry, { get: 'graph' }>): [string, string][] =>
  Object.entries(copies).map(([name, from]) => [name, join(projectRoot, from)]);

/** A model card from what the catalogue knows; whoever uses the pack has the rest to find out. */
export const cardOf = (
  entry: Extract<CatalogueEntry, { get: 'graph' }>,
  sha256: string,
): string => `# ${entry.name}

| | |
|---|---|
| what | ${entry.title} |
| licence | ${entry.licence} |
| source | ${entry.page} |
| graph | ${entry.graph}, sha256 ${sha256} |
| input | ${entry.manifest.input.width}x${entry.manifest.input.height} |

Written by \`npm run models:add\` from the catalogue. Measure it before you rely on it: \`npm run models:evaluate\`.

## Not known
${entry.notes.map((note) => `- ${note}`).join('\n')}
`;
