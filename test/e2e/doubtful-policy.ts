import { defaultPolicyDocument, type PolicyDocument } from '#libs/domain';
import { defaultPolicyName, publishPolicy } from '#libs/database';
import { waitFor } from '../../scripts/client/wait-for.js';
import type { GatewayClient } from '../../scripts/client/sluice-client.js';
import type { Installation } from './installation.js';
import { nextPicture } from './pictures.js';

/** The surface on which every picture is doubtful, for the fast tier and for the deep one. */
export const doubtfulSurface = 'chat';

const alwaysReview = { fast: { review: 0, block: null }, deep: { review: 0, block: null } };
const policy: PolicyDocument = {
  ...defaultPolicyDocument,
  // No picture shall wait for a person by chance.
  auditSampleRate: 0,
  surfaces: {
    ...defaultPolicyDocument.surfaces,
    [doubtfulSurface]: {
      hold: true,
      categories: { 'sexual/explicit': alwaysReview, 'sexual/suggestive': alwaysReview },
    },
  },
};

const limitMs = 30_000;

/** Publishes a policy that doubts everything on one surface. Resolves when gateway and worker both judge by it. */
export const publishDoubtfulPolicy = async (
  installation: Installation,
  gateway: GatewayClient,
): Promise<void> => {
  const database = await installation.database();
  const version = await publishPolicy(database, defaultPolicyName, policy);
  await database.destroy();
  await waitFor('gateway and worker to judge by the new policy', limitMs, async () => {
    const { id } = await gateway.moderate({ bytes: await nextPicture(), surface: doubtfulSurface });
    const record = await waitFor('the outcome', limitMs, async () => {
      const current = await gateway.content(id);
      return current?.final || current?.tier === 'deep' ? current : undefined;
    });
    const versions = record.history.map(({ policy }) => policy.version);
    return record.tier === 'deep' && versions.every((each) => each === version) ? true : undefined;
  });
};
