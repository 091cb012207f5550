// The real servers that suites need. Whether they can be had is decided before Jest runs: suites that it skipped
// would look like suites that passed.

const services = {
  kafka: async (say) => {
    if (process.env.KAFKA_BROKERS) return undefined;
    const { kafkaRequirement, prepareKafka } = await import('../dist/scripts/services/kafka-broker.js');
    return lackOf(await kafkaRequirement(), () => prepareKafka(say));
  },
  s3: async (say) => {
    const { prepareS3, s3Requirement } = await import('../dist/scripts/services/s3-server.js');
    return lackOf(await s3Requirement(), () => prepareS3(say));
  },
};

/**
 * Fetches or builds a project's server where that is due. Imports what was compiled: build first.
 * @returns why there is none, or undefined where there is one or the project needs none
 */
export const whatIsMissing = async (project, say) => services[project]?.(say);

async function lackOf(requirement, prepare) {
  if (!requirement.ok) return requirement.detail;
  try {
    await prepare();
    return undefined;
  } catch (error) {
    return error.message;
  }
}
