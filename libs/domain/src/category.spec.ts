import { describe, expect, it } from '@jest/globals';
import { highestScores, type Scores } from './category.js';

describe('highestScores', () => {
  it('takes the worst that anybody says in each category, also where only one speaks of it', () => {
    const views: Scores[] = [
      { 'sexual/explicit': 0.2, 'goods/firearm': 0.9 },
      { 'sexual/explicit': 0.7, 'goods/alcohol': 0 },
      { 'sexual/explicit': 0.5 },
    ];
    expect(highestScores(views)).toEqual({
      'sexual/explicit': 0.7,
      'goods/firearm': 0.9,
      'goods/alcohol': 0,
    });
  });

  it('says nothing where nobody spoke', () => {
    expect(highestScores([])).toEqual({});
  });

  it('does not cover up a score that is no number', () => {
    const [first, last] = [{ 'sexual/explicit': NaN }, { 'sexual/explicit': 0.1 }];
    expect(highestScores([first, last])['sexual/explicit']).toBeNaN();
    expect(highestScores([last, first])['sexual/explicit']).toBeNaN();
  });
});
