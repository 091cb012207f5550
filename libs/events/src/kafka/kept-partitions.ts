import kafkajs, { type ICustomPartitioner } from 'kafkajs';
import { murmur2 } from './murmur2.js';

/**
 * By the key's hash, as everybody else's producer does. The choice is kept in the message: kafkajs chooses anew at each
 * try of a request, and a message without a key, or any when partitions were added meanwhile, would come under another
 * partition's numbers.
 */
export const keptPartitions: ICustomPartitioner = () => {
  const choose = kafkajs.Partitioners.DefaultPartitioner();
  return (choice) => {
    const { message, partitionMetadata } = choice;
    const { key } = message;
    message.partition ??=
      key === null || key === undefined
        ? choose(choice)
        : (murmur2(typeof key === 'string' ? Buffer.from(key) : key) & 0x7fffffff) % partitionMetadata.length;
    return message.partition;
  };
};
