import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { kernel, moduleFor } from './assemble.js';

describe('assembling WebAssembly', () => {
  it('gives the bytes that are committed', async () => {
    const assembled = await moduleFor(await readFile(kernel.text, 'utf8'), kernel.constant);
    expect(assembled).toBe(await readFile(kernel.module, 'utf8'));
  });

  it('says where a text is wrong', async () => {
    await expect(moduleFor('(module\n  (func (i32.ad)))', 'broken')).rejects.toThrow(/kernel\.wat:2/);
  });
});
