import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { goModule, tool } from './tools.js';

/** The API whose schemas hold: what a cluster of this version and KEDA of that one take. */
const kubernetesVersion = 'v1.36.3';
const kedaVersion = 'v2.21.0';

const apis = [
  'api__v1',
  'apis__apps__v1',
  'apis__batch__v1',
  'apis__policy__v1',
  'apis__networking.k8s.io__v1',
];

/** How kubeconform finds a schema in the folder. The core API has no group; it takes the version for one. */
export const schemaTemplate = '{{.Group}}_{{.ResourceAPIVersion}}_{{.ResourceKind}}.json';
const schemaFile = (group: string, version: string, kind: string): string =>
  `${group || version}_${version}_${kind.toLowerCase()}.json`;

/**
 * A folder of JSON schemas, made from the OpenAPI documents in Kubernetes's own Go module and from KEDA's custom
 * resource definition. Strict: a property that the API does not know is an error, as it would be lost in a cluster.
 */
export const kubernetesSchemas = (): Promise<string> =>
  tool(
    `kubernetes-schemas-${kubernetesVersion}-keda-${kedaVersion}`,
    'install Go 1.24 or newer',
    async (folder) => {
      const schemas = path.join(folder, 'schemas');
      await mkdir(schemas);
      for (const { group, version, kind, schema } of [...(await ownResources()), ...(await kedaResources())])
        await writeFile(path.join(schemas, schemaFile(group, version, kind)), JSON.stringify(schema));
      return schemas;
    },
  );

interface Resource {
  group: string;
  version: string;
  kind: string;
  schema: Schema;
}
type Schema = Record<string, unknown>;

const ownResources = async (): Promise<Resource[]> => {
  const module = await goModule('k8s.io/kubernetes', kubernetesVersion);
  const documents = apis.map((api) => path.join(module, 'api', 'openapi-spec', 'v3', `${api}_openapi.json`));
  return (await Promise.all(documents.map(resourcesOf))).flat();
};

const resourcesOf = async (document: string): Promise<Resource[]> => {
  const { components } = JSON.parse(await readFile(document, 'utf8')) as {
    components: { schemas: Record<string, Schema> };
  };
  const definitions = strict(components.schemas) as Record<string, Schema>;
  return Object.entries(components.schemas).flatMap(([name, schema]) => {
    const names = schema['x-kubernetes-group-version-kind'] as Omit<Resource, 'schema'>[] | undefined;
    // What belongs to many kinds (DeleteOptions) is a parameter and no resource.
    if (names?.length !== 1) return [];
    return [{ ...names[0]!, schema: { $ref: `#/definitions/${name}`, definitions } }];
  });
};

const kedaResources = async (): Promise<Resource[]> => {
  const module = await goModule('github.com/kedacore/keda/v2', kedaVersion);
  const file = path.join(module, 'config', 'crd', 'bases', 'keda.sh_scaledobjects.yaml');
  const { spec } = parse(await readFile(file, 'utf8')) as {
    spec: {
      group: string;
      names: { kind: string };
      versions: { name: string; schema: { openAPIV3Schema: Schema } }[];
    };
  };
  return spec.versions.map(({ name, schema }) => ({
    group: spec.group,
    version: name,
    kind: spec.names.kind,
    schema: strict(schema.openAPIV3Schema) as Schema,
  }));
};

/** JSON schema of what was OpenAPI: references within the document, and objects closed that list their properties. */
const strict = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(strict);
  if (typeof value !== 'object' || value === null) return value;
  const converted = Object.fromEntries(
    Object.entries(value).map(([name, part]) => [
      name,
      name === '$ref' ? String(part).replace('#/components/schemas/', '#/definitions/') : strict(part),
    ]),
  );
  const isOpen =
    'additionalProperties' in converted || converted['x-kubernetes-preserve-unknown-fields'] === true;
  const listsProperties = converted['type'] === 'object' && typeof converted['properties'] === 'object';
  return listsProperties && !isOpen ? { ...converted, additionalProperties: false } : converted;
};
