import { revokeApiKey } from '#libs/database';
import { withDatabase } from './with-database.js';

const prefixPattern = /^(?:slc_)?([0-9a-f]{8})/;

/** npm run apikey:revoke -- <prefix> */
export const main = async ([keyOrPrefix = '']: string[]): Promise<number> => {
  const prefix = prefixPattern.exec(keyOrPrefix)?.[1];
  if (!prefix) {
    console.error('Usage: npm run apikey:revoke -- <the 8 hexadecimal digits that apikey:list shows>');
    return 1;
  }
  const revoked = await withDatabase((dataSource) => revokeApiKey(dataSource, prefix));
  if (!revoked) {
    console.error(`No valid key begins with slc_${prefix}.`);
    return 1;
  }
  console.log(`Revoked. Gateways refuse slc_${prefix}… within a second or two.`);
  return 0;
};
