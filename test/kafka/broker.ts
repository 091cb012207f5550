/** Addresses of the brokers that the suites share, as KAFKA_BROKERS has them: host:port, separated by commas. */
export const kafkaBrokers = (): string => {
  const brokers = process.env.SLUICE_TEST_KAFKA;
  if (!brokers)
    throw new Error('SLUICE_TEST_KAFKA is not set: suites under test/kafka run in the Jest project "kafka".');
  return brokers;
};
