import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runTool } from '../run-tool.js';
import { ensureTool, hasTool } from '../tools.js';

export const kafkaVersion = '4.1.0';
const name = `kafka-${kafkaVersion}`;
const log4jVersion = '2.24.3';

export const hasKafkaJars = (): boolean => hasTool(name);

/** The folder with the broker's jars, fetched from Maven Central where it is missing. */
export const kafkaJars = (say: (line: string) => void): Promise<string> =>
  ensureTool(name, async (folder) => {
    say(`Fetching Apache Kafka ${kafkaVersion} from Maven Central, 43 MB, once`);
    await writeFile(path.join(folder, 'pom.xml'), pom);
    const jars = path.join(folder, 'jars');
    await runTool('mvn', ['-q', '-B', 'dependency:copy-dependencies', `-DoutputDirectory=${jars}`], {
      cwd: folder,
    });
    return jars;
  });

/** The broker, and what writes its log. */
const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>sluice</groupId>
  <artifactId>kafka-broker</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>${kafkaVersion}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId>
      <artifactId>log4j-slf4j-impl</artifactId>
      <version>${log4jVersion}</version>
    </dependency>
  </dependencies>
</project>
`;
