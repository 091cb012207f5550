import type { EventOn } from '#libs/domain';
import { newId } from '#libs/platform';

export type Judged = EventOn<'content.judged'>;

/** An event of the commonest kind, as the gateway publishes it: about a kilobyte of JSON. */
export const aJudgedEvent = (): Judged => {
  const id = newId();
  const at = new Date().toISOString();
  return {
    specversion: '1.0',
    id: `${id}:content.judged`,
    source: 'sluice/bench',
    type: 'sluice.content.judged.v1',
    subject: id,
    time: at,
    datacontenttype: 'application/json',
    data: {
      content: {
        id,
        sha256: 'a'.repeat(64),
        pdq: 'b'.repeat(64),
        pdqQuality: 100,
        mediaType: 'image/jpeg',
        width: 500,
        height: 375,
        bytes: 40_211,
        surface: 'default',
        reference: null,
        apiKeyId: id,
        blobKey: null,
        receivedAt: at,
      },
      judgement: {
        key: 'fast',
        tier: 'fast',
        verdict: 'allow',
        policy: { name: 'default', version: 1 },
        categories: {
          'sexual/explicit': { score: 0.012, verdict: 'allow' },
          'sexual/suggestive': { score: 0.03, verdict: 'allow' },
        },
        reasons: [],
        models: [{ name: 'nsfw-mobilenet-v2', version: '1.0.0', tier: 'fast' }],
        at,
      },
    },
  };
};
