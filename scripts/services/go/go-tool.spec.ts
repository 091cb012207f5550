import { describe, expect, it } from '@jest/globals';
import { isRecentGo } from './go-tool.js';

describe('A Go that can build the servers', () => {
  it.each([
    ['go version go1.26.8 linux/amd64', true],
    ['go version go1.21.0 linux/arm64', true],
    ['go version go2.0 darwin/arm64', true],
    ['go version go1.19.8 linux/amd64', false],
    ['usage: go [-color]', false],
  ])('by what it says of itself: %j → %j', (said, isRecent) => {
    expect(isRecentGo(said)).toBe(isRecent);
  });
});
