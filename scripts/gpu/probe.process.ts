import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { loadPack, PackError, PackSession, type Provider, ProviderError } from '#libs/inference';

/** What the probe found; one line of JSON on stdout. */
export interface Finding {
  /** in the order in which they were asked for */
  libraries: { name: string; error: string | undefined }[];
  /** undefined when the session opened and ran */
  refusal: string | undefined;
}

/** Loads a library as onnxruntime would. Node takes it for an addon, and is disappointed once it has loaded it. */
const loadError = (name: string): string | undefined => {
  try {
    process.dlopen({ exports: {} }, name, os.constants.dlopen.RTLD_LAZY);
    return undefined;
  } catch (error) {
    const { message } = error as Error;
    return /did not self-register/.test(message) ? undefined : message;
  }
};

const openError = async (pack: string, provider: Provider, device: number): Promise<string | undefined> => {
  try {
    await PackSession.open(await loadPack(pack), { provider, device, maxBatch: 1 });
    return undefined;
  } catch (error) {
    if (error instanceof ProviderError || error instanceof PackError) return error.reason;
    throw error;
  }
};

const { values } = parseArgs({
  options: {
    provider: { type: 'string' },
    device: { type: 'string' },
    pack: { type: 'string' },
    libraries: { type: 'string' },
  },
});
const names = values.libraries!.split(',').filter(Boolean);
const libraries = names.map((name) => ({ name, error: loadError(name) }));
const refusal = await openError(
  path.resolve(values.pack!),
  values.provider as Provider,
  Number(values.device),
);
console.log(JSON.stringify({ libraries, refusal } satisfies Finding));
process.exit();
