import { createHash, randomInt } from 'node:crypto';

const howMany = 10;
const groups = 4;
const groupLength = 4;
/** Crockford's base32: no letter that is read as another. 16 of them are 80 random bits. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** New codes, as `ABCD-EFGH-JKMN-PQRS`. */
export const newRecoveryCodes = (): string[] => Array.from({ length: howMany }, newCode);

/** SHA-256 of a code, however it was typed: in lower case, with or without dashes, O for 0, I or L for 1. */
export const hashRecoveryCode = (code: string): Buffer =>
  createHash('sha256').update(canonical(code)).digest();

const newCode = (): string =>
  Array.from({ length: groups }, () =>
    Array.from({ length: groupLength }, () => alphabet[randomInt(alphabet.length)]).join(''),
  ).join('-');

const canonical = (code: string): string =>
  code
    .toUpperCase()
    .replace(/[^0-9A-Z]/g, '')
    .replace(/O/g, '0')
    .replace(/[IL]/g, '1');
