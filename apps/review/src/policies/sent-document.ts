import { type Finding, unstorable } from '#libs/domain';
import { Problem } from '#libs/platform';
import { documentFromYaml } from '#libs/policies';

/** A document as a request carries it: as JSON, or as YAML in a field of its own. */
export interface Sent {
  document?: Record<string, unknown> | undefined;
  yaml?: string | undefined;
}

/** What was sent, whatever it says; undefined where nothing was. @throws Problem `invalid_request` where it cannot be read or stored */
export const sentDocument = (sent: Sent): Record<string, unknown> | undefined => {
  const read = readSent(sent);
  if (Array.isArray(read)) throw refused(read);
  return read;
};

/** The same, with what is wrong as a value. */
export const readSent = ({ document, yaml }: Sent): Record<string, unknown> | Finding[] | undefined => {
  const value = yaml === undefined ? ({ ok: true, value: document } as const) : documentFromYaml(yaml);
  if (!value.ok) return value.problems;
  if (value.value === undefined && yaml === undefined) return undefined;
  const flaw = unstorable(value.value);
  if (flaw) return [flaw];
  return isRecord(value.value)
    ? value.value
    : [{ path: yaml === undefined ? 'document' : 'yaml', message: 'a policy is a map of its fields' }];
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const refused = (fields: Finding[]): Problem =>
  new Problem(
    'invalid_request',
    `${fields.map(({ path, message }) => `${path}: ${message}`).join('; ')}. Nothing was stored.`,
    { fields },
  );
