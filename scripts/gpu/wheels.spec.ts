import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { projectRoot } from '#libs/platform';
import { readPins } from './wheels.js';

const pinsOf = (file: string) => readPins(readFileSync(join(projectRoot, 'deploy', file), 'utf8'));

describe('Pinned wheels', () => {
  it('have onnxruntime’s libraries as old as the binding that loads them', () => {
    const { dependencies } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    expect(pinsOf('onnxruntime-gpu.txt')).toEqual([
      expect.objectContaining({ name: 'onnxruntime-gpu', version: dependencies['onnxruntime-node'] }),
    ]);
  });

  it('have NVIDIA’s with a checksum each', () => {
    expect(pinsOf('nvidia-cuda.txt').map(({ name }) => name)).toContain('nvidia-cudnn-cu13');
  });

  it.each(['onnxruntime-gpu==1.30.0', 'onnxruntime-gpu>=1 --hash=sha256:00', '-r other.txt'])(
    'may not be %j',
    (line) => expect(() => readPins(line)).toThrow(/its version and checksum/),
  );
});
