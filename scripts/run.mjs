// node scripts/run.mjs <program> [arguments]: installs and compiles when that is due, then runs a program of scripts/.
// A program exports main(arguments), which returns the exit code.
import { ensureBuild } from './ensure-build.mjs';
import { ensureInstall } from './ensure-install.mjs';

const [program, ...args] = process.argv.slice(2);
try {
  // On stderr: what a program prints may be meant for a file or another program.
  const say = (line) => console.error(line);
  await ensureInstall(say);
  await ensureBuild(say);
  const { main } = await import(new URL(`../dist/scripts/${program}.js`, import.meta.url).href);
  process.exitCode = await main(args);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
// Nothing that a library left open may hold the terminal.
process.exit();
