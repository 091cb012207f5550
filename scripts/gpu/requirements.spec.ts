import { describe, expect, it } from '@jest/globals';
import { unfitPlatform } from './requirements.js';

describe('A platform for NVIDIA’s libraries', () => {
  it.each([
    ['linux', 'x64', '2.28', []],
    ['linux', 'x64', '2.39', []],
    ['linux', 'x64', '2.9', [/glibc 2\.28 \(this is 2\.9\)/]],
    ['linux', 'arm64', '2.36', [/x86-64.*linux on arm64/]],
    ['darwin', 'arm64', undefined, [/darwin/]],
  ] as const)('%s on %s with glibc %s', (platform, arch, glibc, problems) => {
    expect(unfitPlatform(platform, arch, glibc ?? '0.0')).toEqual(
      problems.map((problem) => expect.stringMatching(problem)),
    );
  });
});
