import { Injectable } from '@nestjs/common';
import { ApiKeyRing, type ValidApiKey } from '#libs/database';
import type { ApiScope } from '#libs/domain';
import { Problem } from '#libs/platform';

/** Who asks. */
export type Caller = Pick<ValidApiKey, 'id' | 'name' | 'requestsPerMinute'>;

/** Lets in who has a valid API key with the scope for what they want to do. */
@Injectable()
export class ApiKeysService {
  constructor(private readonly keys: ApiKeyRing) {}

  /**
   * @param authorization the request's Authorization header
   * @throws Problem `unauthorized`, in the same words whatever is wrong with the key; `forbidden` where it is valid but
   * lacks the scope
   */
  authenticate(authorization: string | undefined, scope: ApiScope): Caller {
    const key = this.keys.keyOf(authorization);
    if (!key) throw new Problem('unauthorized', 'Send a valid API key as Authorization: Bearer <key>.');
    if (!key.scopes.includes(scope))
      throw new Problem(
        'forbidden',
        `This API key lacks the scope ${scope}; an admin can make one that has it.`,
      );
    return key;
  }
}
