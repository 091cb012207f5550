// npm run check:deps: who may import whom (.dependency-cruiser.cjs). Fails on a violation, and also when the tool saw
// no modules or lost sight of the aliases: then it would find nothing wrong, whatever stood in the code.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const cli = path.join(root, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs');
const folders = ['apps', 'libs', 'migrations', 'scripts', 'test'];

const run = spawnSync(process.execPath, [cli, '--output-type', 'json', ...folders], {
  cwd: root,
  encoding: 'utf8',
  maxBuffer: 1 << 28,
});
if (!run.stdout.startsWith('{')) fail(`dependency-cruiser did not run:\n${run.stderr || run.stdout}`);

const { modules, summary } = JSON.parse(run.stdout);
for (const { rule, from, to } of summary.violations) {
  console.error(`${rule.severity} ${rule.name}: ${from} → ${to}`);
}

const blind = foldersWithCode().filter((folder) => !modules.some(({ source }) => source.startsWith(folder)));
if (blind.length > 0) fail(`dependency-cruiser saw no module in ${blind.join(', ')}`);
const crossings = modules
  .filter(({ source }) => /^(apps|libs)\//.test(source))
  .flatMap(({ dependencies }) => dependencies)
  .filter(
    ({ module, resolved }) => module.startsWith('#libs/') && /^libs\/[^/]+\/src\/index\.ts$/.test(resolved),
  );
if (crossings.length === 0) fail('dependency-cruiser followed no #libs/ import to a source file');
if (summary.error > 0) fail(`${summary.error} dependency rule violations`);
console.log(
  `${modules.length} modules, ${summary.totalDependenciesCruised} dependencies (${crossings.length} between libraries and apps), no violations`,
);

function foldersWithCode() {
  return ['apps', 'libs']
    .flatMap((parent) => readdirSync(path.join(root, parent)).map((name) => `${parent}/${name}/`))
    .filter((folder) => existsSync(path.join(root, folder, 'src')));
}

function fail(reason) {
  console.error(reason);
  process.exit(1);
}
