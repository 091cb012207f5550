import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import wabt from 'wabt';
import { projectRoot } from '../models/project-root.js';

/** A WebAssembly text, the module that carries its bytes, and the constant in there. All three are committed. */
export const kernel = {
  text: join(projectRoot, 'libs/inference/src/resize/align-corners.wat'),
  module: join(projectRoot, 'libs/inference/src/resize/align-corners.wasm.ts'),
  constant: 'alignCornersWasm',
};

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

/** npm run wasm: assembles the text anew. To be run, and its outcome committed, when the text was changed. */
export const main = async (): Promise<number> => {
  await writeFile(kernel.module, await moduleFor(await readFile(kernel.text, 'utf8'), kernel.constant));
  console.log(`Wrote ${kernel.module}`);
  return 0;
};
