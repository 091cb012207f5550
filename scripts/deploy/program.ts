import { existsSync } from 'node:fs';

/** Errors whose message says what to do: a wrong variable, a broker that is not there. A stack would hide it. */
const explained = new Set(['ConfigError', 'KafkaStartError', 'ServiceError']);

/**
 * node dist/scripts/deploy/program.js PROGRAM [arguments]: runs a program of scripts/ where everything is installed and
 * compiled already, in a container. A program exports main(arguments), which returns the exit code.
 */
const [program = '', ...args] = process.argv.slice(2);
const file = new URL(`../${program}.js`, import.meta.url);

const run = async (): Promise<number> => {
  if (!/^[a-z][a-z/-]*$/.test(program) || !existsSync(file)) {
    console.error(`There is no program "${program}". For example: deploy/migrate, admin/create-api-key, dlq`);
    return 1;
  }
  const { main } = (await import(file.href)) as { main: (args: string[]) => Promise<number> };
  return main(args);
};

try {
  process.exitCode = await run();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  if (error instanceof Error && !explained.has(error.name)) console.error(error.stack);
  process.exitCode = 1;
}
// Nothing that a library left open may hold the container.
process.exit();
