import { describe, expect, it } from '@jest/globals';
import { majorVersion } from './java.js';

describe('The version of a Java', () => {
  it.each([
    ['openjdk version "17.0.15" 2025-04-15', 17],
    ['openjdk version "21" 2023-09-19', 21],
    ['openjdk version "24-ea" 2025-03-18', 24],
    ['java version "1.8.0_402"', 8],
    ['Picked up JAVA_TOOL_OPTIONS: -Xmx1g\nopenjdk version "11.0.2" 2019-01-15', 11],
  ])('is read from %j', (said, major) => {
    expect(majorVersion(said)).toBe(major);
  });

  it('is unknown when something else answers to that name', () => {
    expect(majorVersion('java: usage')).toBeUndefined();
  });
});
