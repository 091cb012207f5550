import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { projectRoot } from '#libs/platform';
import { runTool } from '../../services/run-tool.js';
import { ServiceError } from '../../services/service-error.js';
import type { DeployCheck } from './check.js';
import { deployFiles, inProject, readProjectFile } from './files.js';
import { promtool } from './tools.js';

interface Panel {
  title: string;
  type: string;
  description?: string;
  targets?: { expr: string }[];
}

/** Every query of the dashboard and the alerts, with where it stands. */
export const queries = async (): Promise<{ where: string; expr: string }[]> => {
  const { panels } = await dashboard();
  const { groups } = parse(await readProjectFile(deployFiles.alerts)) as {
    groups: { rules: { alert: string; expr: string }[] }[];
  };
  return [
    ...panels.flatMap(({ title, targets = [] }) =>
      targets.map(({ expr }) => ({ where: `panel "${title}"`, expr })),
    ),
    ...groups.flatMap(({ rules }) => rules.map(({ alert, expr }) => ({ where: `alert ${alert}`, expr }))),
  ];
};

/** The project's metrics that a query names, without what a histogram adds to its name. */
export const metricsIn = (expr: string): string[] => [
  ...new Set([...expr.matchAll(/\bsluice_\w+/g)].map(([name]) => name.replace(/_(bucket|sum|count)$/, ''))),
];

export const metricsCheck: DeployCheck = {
  name: 'dashboard and alerts name metrics that exist',
  run: async () => {
    const exposed = await metricNames();
    const unknown = (await queries()).flatMap(({ where, expr }) =>
      metricsIn(expr)
        .filter((name) => !exposed.has(name))
        .map((name) => `${where}: no app exposes ${name}`),
    );
    const unexplained = (await dashboard()).panels
      .filter(({ type, description }) => type !== 'row' && !description)
      .map(({ title }) => `panel "${title}" does not say what it shows`);
    return [...unknown, ...unexplained];
  },
};

export const promqlCheck: DeployCheck = {
  name: 'prometheus.yml, alerts, every query of the dashboard (promtool)',
  run: async () => {
    const program = await promtool();
    const folder = await mkdtemp(path.join(tmpdir(), 'sluice-queries-'));
    try {
      const file = path.join(folder, 'queries.yml');
      await writeFile(file, stringify(asRules(await queries())));
      await runTool(program, ['check', 'config', inProject(deployFiles.prometheus)]);
      await runTool(program, ['check', 'rules', file]);
      return [];
    } catch (error) {
      if (error instanceof ServiceError) return error.message.split('\n').slice(1);
      throw error;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

const dashboard = async (): Promise<{ panels: Panel[] }> =>
  JSON.parse(await readProjectFile(deployFiles.dashboard)) as { panels: Panel[] };

/** Recording rules are what promtool reads queries in; Grafana's variables become what they stand for. */
const asRules = (all: { expr: string }[]): unknown => ({
  groups: [
    {
      name: 'queries',
      rules: all.map(({ expr }, index) => ({
        record: `query:${index}`,
        expr: expr.replaceAll('$__rate_interval', '5m').replaceAll('$instance', '.*'),
      })),
    },
  ],
});

/** Names as the sources of apps and libraries write them. The end-to-end test asks the running apps. */
const metricNames = async (): Promise<Set<string>> => {
  const names = new Set<string>();
  for (const folder of ['apps', 'libs']) {
    const root = path.join(projectRoot, folder);
    for (const file of await readdir(root, { recursive: true })) {
      if (!file.endsWith('.ts') || file.endsWith('.spec.ts')) continue;
      const text = await readFile(path.join(root, file), 'utf8');
      for (const [, name = ''] of text.matchAll(/['"](sluice_[a-z_]+)['"]/g)) names.add(name);
    }
  }
  return names;
};
