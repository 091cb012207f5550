import { defaultPolicyDocument, type PolicyRules } from '#libs/domain';
import { unanswered } from './unanswered.js';

const rules: PolicyRules = {
  ...defaultPolicyDocument,
  categories: {
    'goods/firearm': { deep: { review: 0.3, block: null } },
    'goods/fake': { deep: { review: null, block: 0.9 } },
    'goods/shoe': { deep: { review: null, block: null } },
    'sexual/explicit': { fast: { review: 0.2, block: null } },
  },
};
const knowing = (category: string) => ({ categories: [category] });

describe('unanswered', () => {
  it('is what was asked, has a deep threshold, and no detector knows', () => {
    const asks = ['goods/firearm', 'goods/fake'];
    expect(unanswered(asks, [], rules)).toEqual(asks);
    expect(unanswered(asks, [knowing('goods/firearm'), knowing('other/thing')], rules)).toEqual([
      'goods/fake',
    ]);
    expect(unanswered(asks, [knowing('goods/fake'), knowing('goods/firearm')], rules)).toEqual([]);
  });

  it('leaves out what the deep tier has no threshold for, whatever its score', () => {
    expect(unanswered(['goods/shoe', 'sexual/explicit', 'spam/qr'], [], rules)).toEqual([]);
  });
});
