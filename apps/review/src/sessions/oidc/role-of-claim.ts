import { type ModeratorRole, moderatorRoles } from '#libs/database';

/**
 * The role that a claim gives: of several, the highest.
 * @param claim a text, or a list of them; anything else gives none
 * @param map which value is which role; empty: each role is its own name
 */
export const roleOfClaim = (claim: unknown, map: Map<string, ModeratorRole>): ModeratorRole | undefined => {
  const values = [claim].flat().filter((value) => typeof value === 'string');
  const given = values.map((value) =>
    map.size > 0 ? map.get(value) : moderatorRoles.find((role) => role === value),
  );
  return moderatorRoles.findLast((role) => given.includes(role));
};
