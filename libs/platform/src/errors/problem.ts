import { type ProblemCode, problems } from '#libs/domain';

/** An error that a caller shall see, as RFC 9457 problem details. */
export class Problem extends Error {
  readonly status: number;

  constructor(
    readonly code: ProblemCode,
    /** What happened, what it means for the caller's data, what to do next. Shown to the caller: no secrets. */
    readonly detail: string,
    readonly more: {
      retryAfterSeconds?: number;
      fields?: { path: string; message: string }[];
      /** further members of the answer's body (RFC 9457, section 3.2): never one of those that every problem has */
      extensions?: Record<string, unknown>;
      cause?: unknown;
    } = {},
  ) {
    super(`${code}: ${detail}`, { cause: more.cause });
    this.name = 'Problem';
    this.status = problems[code].status;
  }

  toJSON(): ProblemBody {
    return {
      ...this.more.extensions,
      type: 'about:blank',
      title: problems[this.code].title,
      status: this.status,
      code: this.code,
      detail: this.detail,
      ...(this.more.fields ? { fields: this.more.fields } : {}),
    };
  }
}

/** The body of every error answer, media type `application/problem+json`. */
export interface ProblemBody {
  type: string;
  title: string;
  status: number;
  /** stable, for programs */
  code: ProblemCode;
  detail: string;
  /** where in the request it stands, and what is wrong there */
  fields?: { path: string; message: string }[];
  /** what a code's answers carry beside these */
  [extension: string]: unknown;
}

/** Problems that pass by themselves tell when to come back; 1 s unless the thrower knows better. */
export const retryAfterOf = (problem: Problem): number | undefined =>
  problem.more.retryAfterSeconds ?? (problem.status === 503 || problem.status === 429 ? 1 : undefined);
