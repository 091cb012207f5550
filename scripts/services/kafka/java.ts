import path from 'node:path';
import { ok, type Result } from '#libs/domain';
import { versionOf } from '../run-tool.js';

/** Kafka 4's brokers are compiled for it. */
const oldestJava = 17;

type Unavailable = { code: 'unavailable'; detail: string };

/** The path of a Java that can run Kafka: JAVA_HOME's where that is set, else the one on the path. */
export const findJava = async (): Promise<Result<string, Unavailable>> => {
  const home = process.env.JAVA_HOME;
  const java = home ? path.join(home, 'bin', 'java') : 'java';
  const said = await versionOf(java, '-version');
  if (said === undefined) {
    return unavailable(
      home
        ? `JAVA_HOME is ${home}, and there is no Java in it that runs`
        : `java is missing: install a Java ${oldestJava} or newer (Debian: default-jre-headless)`,
    );
  }
  const major = majorVersion(said);
  if (major !== undefined && major >= oldestJava) return ok(java);
  return unavailable(`Kafka needs Java ${oldestJava} or newer, and this is ${said.split('\n')[0]}`);
};

/** Of what `java -version` prints: `openjdk version "17.0.15" …`, and `java version "1.8.0_402"` for Java 8. */
export const majorVersion = (said: string): number | undefined => {
  const [, first, second] = / version "(\d+)(?:\.(\d+))?/.exec(said) ?? [];
  if (first === undefined) return undefined;
  return first === '1' && second !== undefined ? Number(second) : Number(first);
};

const unavailable = (detail: string): { ok: false } & Unavailable => ({
  ok: false,
  code: 'unavailable',
  detail,
});
