import { newId, timeOfId } from './ids.js';

describe('ids', () => {
  it('carry the time they were made', () => {
    const before = Date.now();
    const made = timeOfId(newId());
    expect(made).toBeGreaterThanOrEqual(before);
    expect(made).toBeLessThanOrEqual(Date.now());
  });

  it('have no time when they are not UUIDv7', () => {
    expect(timeOfId('2c5ea4c0-4067-4fe8-8bad-9bdd8bdd8bdd')).toBeUndefined();
  });
});
