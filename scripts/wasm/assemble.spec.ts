import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { kernels, moduleFor } from './assemble.js';

describe('assembling WebAssembly', () => {
  it.each(kernels)('gives the bytes that are committed: $constant', async ({ text, module, constant }) => {
    const assembled = await moduleFor(await readFile(text, 'utf8'), constant);
    expect(assembled).toBe(await readFile(module, 'utf8'));
  });

  it('says where a text is wrong', async () => {
    await expect(moduleFor('(module\n  (func (i32.ad)))', 'broken')).rejects.toThrow(/kernel\.wat:2/);
  });
});
