import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { versionOf } from '../services/run-tool.js';
import { GpuError } from './gpu-error.js';

const gigabyte = 1e9;

/**
 * Whether the libraries for GPUs can be installed on this machine.
 *
 * @param bytes that the download and what is unpacked of it take
 * @param folder an existing one, on the disk that they will lie on
 * @throws GpuError naming everything that is missing
 */
export const assertInstallable = async (bytes: number, folder: string): Promise<void> => {
  const missing = [...unfitPlatform(process.platform, process.arch), ...(await missingTools())];
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < bytes)
    missing.push(
      `${(bytes / gigabyte).toFixed(1)} GB free on the disk of ${path.resolve(folder)} (there are ${((bavail * bsize) / gigabyte).toFixed(1)})`,
    );
  if (missing.length > 0) throw new GpuError(`This machine lacks: ${missing.join('; ')}.`);
};

/** What of the platform does not fit: NVIDIA's libraries and onnxruntime's wheel are for Linux with glibc on x86-64. */
export const unfitPlatform = (platform: string, arch: string, glibc = glibcVersion()): string[] => {
  const unfit: string[] = [];
  if (platform !== 'linux' || arch !== 'x64') return [`Linux on x86-64 (this is ${platform} on ${arch})`];
  if (glibc === undefined) unfit.push('glibc (musl, as on Alpine, does not load these libraries)');
  else if (compareVersions(glibc, oldestGlibc) < 0) unfit.push(`glibc ${oldestGlibc} (this is ${glibc})`);
  return unfit;
};

/** What the tags of the wheels say: manylinux_2_28. */
const oldestGlibc = '2.28';

const glibcVersion = (): string | undefined => {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime;
};

const compareVersions = (a: string, b: string): number => {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  return left![0]! - right![0]! || left![1]! - right![1]!;
};

const missingTools = async (): Promise<string[]> =>
  (await versionOf('python3', '-m', 'pip', '--version')) === undefined
    ? ['Python 3 with pip, which downloads the libraries (apt-get install python3-pip)']
    : [];
