import { type Policy, policyDocumentSchema } from '#libs/domain';

/** A stored document that is not a policy: written past the schema, or by a newer version of this program. */
export class InvalidPolicy extends Error {
  constructor(name: string, version: number, problems: string) {
    super(`Version ${version} of the policy "${name}" cannot be used: ${problems}`);
    this.name = 'InvalidPolicy';
  }
}

/** @throws InvalidPolicy naming every field that does not fit */
export const checkedPolicy = (stored: { name: string; version: number; document: unknown }): Policy => {
  const { name, version } = stored;
  const parsed = policyDocumentSchema.safeParse(stored.document);
  if (parsed.success) return { name, version, document: parsed.data };
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  throw new InvalidPolicy(name, version, problems);
};

/** A stored document as it is judged by: what it does not say is filled in. As it is where it is not a policy. */
export const effectiveDocument = (stored: unknown): unknown => {
  const parsed = policyDocumentSchema.safeParse(stored);
  return parsed.success ? parsed.data : stored;
};
