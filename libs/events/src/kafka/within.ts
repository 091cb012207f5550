/**
 * The work's result, or an error when it takes longer than `limitMs`. The work itself goes on; what becomes of it then
 * is nobody's business.
 */
export const within = async <T>(limitMs: number, work: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new TimeUp(limitMs)), Math.max(0, limitMs)).unref();
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
};

export class TimeUp extends Error {
  constructor(limitMs: number) {
    super(`Kafka gave no answer within ${Math.round(limitMs)} ms`);
    this.name = 'TimeUp';
  }
}
