import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import wabt from 'wabt';
import { projectRoot } from '../models/project-root.js';

/** A WebAssembly text, the module that carries its bytes, and the constant in there. All three are committed. */
const kernel = (name: string, constant: string) => ({
  text: join(projectRoot, 'libs/inference/src/resize', `${name}.wat`),
  module: join(projectRoot, 'libs/inference/src/resize', `${name}.wasm.ts`),
  constant,
});

export const kernels = [
  kernel('align-corners', 'alignCornersWasm'),
  kernel('antialiased', 'antialiasedWasm'),
];

/**
 * The TypeScript module for a WebAssembly text.
 *
 * @throws Error with line and column where the text is wrong
 */
export const moduleFor = async (text: string, constant: string): Promise<string> => {
  const toolkit = await wabt();
  const parsed = toolkit.parseWat('kernel.wat', text, { simd: true });
  try {
    parsed.validate();
    const base64 = Buffer.from(parsed.toBinary({}).buffer).toString('base64');
    return `/** Assembled by npm run wasm, not written by hand. */\nexport const ${constant} =\n  '${base64}';\n`;
  } finally {
    parsed.destroy();
  }
};

/** npm run wasm: assembles the texts anew. To be run, and its outcome committed, when one was changed. */
export const main = async (): Promise<number> => {
  for (const { text, module, constant } of kernels) {
    await writeFile(module, await moduleFor(await readFile(text, 'utf8'), constant));
    console.log(`Wrote ${module}`);
  }
  return 0;
};
