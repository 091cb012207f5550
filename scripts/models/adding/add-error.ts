/** Why a pack was not added: written for whoever wanted to add it. */
export class AddError extends Error {
  override readonly name = 'AddError';
}
