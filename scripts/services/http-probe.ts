const answerLimitMs = 2_000;

/** Whether something there answers with a status of success. */
export const isAnswering = async (url: string): Promise<boolean> => {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(answerLimitMs) });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
};
