import type { ModerationAnswer } from '#libs/domain';
import type { ContentRecord, GatewayClient } from '../client/sluice-client.js';
import { waitFor } from '../client/wait-for.js';
import type { SamplePicture } from './sample-pictures.js';

/** What became of one picture: the answer that the upload service got at once, and where it stands when tiers are done. */
export interface Outcome {
  picture: SamplePicture;
  answer: ModerationAnswer;
  record: ContentRecord;
}

const deepLimitMs = 120_000;

/** Sends a picture, and waits until no model has anything more to say about it. */
export const submit = async (gateway: GatewayClient, picture: SamplePicture): Promise<Outcome> => {
  const { bytes, surface, name } = picture;
  const answer = await gateway.moderate({ bytes, surface, reference: name });
  const record = await waitFor(`the models' verdict on ${name}`, deepLimitMs, async () => {
    const current = await gateway.content(answer.id);
    return current && isSettledByModels(current) ? current : undefined;
  });
  return { picture, answer, record };
};

/** The verdict is final, or only a person can change it now. */
const isSettledByModels = ({ final, tier }: ContentRecord): boolean => final || tier === 'deep';
