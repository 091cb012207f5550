/** What may well happen is returned, not thrown: callers must look at `ok` before they reach the value. */
export type Result<Value, Failure extends { code: string }> =
  { ok: true; value: Value } | ({ ok: false } & Failure);

export const ok = <Value>(value: Value): { ok: true; value: Value } => ({ ok: true, value });
