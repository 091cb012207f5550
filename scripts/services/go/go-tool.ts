import path from 'node:path';
import { ok, type Result } from '#libs/domain';
import { runTool, versionOf } from '../run-tool.js';
import { ensureTool, hasTool } from '../tools.js';

/** A program that is built from the source of its Go module. */
export interface GoTool {
  /** as people call it */
  name: string;
  /** of the command's package, without a version */
  package: string;
  /** as in `v1.2.3` */
  version: string;
}

/** Since this one, Go fetches a newer toolchain by itself where a module asks for one (GOTOOLCHAIN). */
const oldestGo = { major: 1, minor: 21 };

/** Whether the program can be had here: built already, or Go to build it. */
export const goRequirement = async (
  tool: GoTool,
): Promise<Result<undefined, { code: 'unavailable'; detail: string }>> => {
  if (hasTool(binaryOf(tool))) return ok(undefined);
  const said = await versionOf('go', 'version');
  if (said !== undefined && isRecentGo(said)) return ok(undefined);
  const wanted = `Go ${oldestGo.major}.${oldestGo.minor} or newer`;
  const detail =
    said === undefined
      ? `go is missing, which would build ${tool.name}: install ${wanted} (https://go.dev/doc/install)`
      : `${tool.name} needs ${wanted}, and this is ${said.trim()}`;
  return { ok: false, code: 'unavailable', detail };
};

/**
 * The path of the program, built where it is missing.
 * @throws ServiceError with what Go said
 */
export const goTool = (tool: GoTool, say: (line: string) => void): Promise<string> =>
  ensureTool(binaryOf(tool), async (folder) => {
    say(`Building ${tool.name} ${tool.version} with Go, once; this takes a minute or two`);
    // Without cgo it needs no C compiler.
    await runTool('go', ['install', `${tool.package}@${tool.version}`], {
      cwd: folder,
      env: { GOBIN: folder, CGO_ENABLED: '0' },
    });
    return path.join(folder, path.basename(tool.package));
  });

/** Of what `go version` prints: `go version go1.26.8 linux/amd64`. */
export const isRecentGo = (said: string): boolean => {
  const [, major, minor] = /\bgo(\d+)\.(\d+)/.exec(said) ?? [];
  if (major === undefined) return false;
  return (
    Number(major) > oldestGo.major || (Number(major) === oldestGo.major && Number(minor) >= oldestGo.minor)
  );
};

const binaryOf = ({ name, version }: GoTool): string => path.join('bin', `${name}-${version}`);
