import kafkajs, { type ICustomPartitioner, type Message } from 'kafkajs';

/**
 * By the key's hash, as everybody else's producer does. The choice is kept for as long as the message lives: kafkajs
 * chooses anew at each try of a request, and a message without a key would come under another partition's numbers.
 */
export const keptPartitions: ICustomPartitioner = () => {
  const choose = kafkajs.Partitioners.DefaultPartitioner();
  const chosen = new WeakMap<Message, number>();
  return (choice) => {
    const before = chosen.get(choice.message);
    if (before !== undefined) return before;
    const partition = choose(choice);
    chosen.set(choice.message, partition);
    return partition;
  };
};
