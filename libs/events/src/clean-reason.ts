/** characters; a reason is read by a person, in a list */
const longestReason = 2_000;

/** Room for what is cut out, so that a long reason is cleaned before it is cut, and a huge one in no time. */
const longestRead = 4 * longestReason;

/** What must never be kept, and what stands in its place. The words around it stay: they say what failed. */
const secrets: [RegExp, string][] = [
  // user:password@host, in URLs and in connection strings
  [/([a-z][a-z\d+.-]*:\/\/)[^\s/@:]*:[^\s/]*@/gi, '$1***@'],
  [/\b[\w.%+-]+:[^\s/@:]+@(?=[\w[])/g, '***@'],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|$)/gs, '***'],
  // access key ids of AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
  [/\b(?:AKIA|ASIA)[A-Z\d]{16}\b/g, '***'],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi, '$1 ***'],
  // what stands in the query of a presigned URL
  [/\b(X-Amz-(?:Signature|Credential|Security-Token))=[^\s&"']+/gi, '$1=***'],
  [
    /\b((?:aws_?)?(?:secret_?(?:access_?)?key|session_?token|access_?token)|password|passwd|pwd|secret|token|api_?key)(["']?\s*[=:]\s*["']?)[^\s"',;&}]+/gi,
    '$1$2***',
  ],
];

/** Lines of a stack, as V8 writes them. */
const stackLines = /\n\s+at [^\n]*/g;

/**
 * A reason as it may be kept and shown: one line of at most 2 000 characters, without a stack, without credentials, and
 * without NUL or half a surrogate pair, which jsonb and UTF-8 refuse.
 */
export const cleanReason = (reason: string): string => {
  let clean = reason.slice(0, longestRead).replace(stackLines, '');
  for (const [secret, instead] of secrets) clean = clean.replace(secret, instead);
  const oneLine = clean.replace(/[\p{Cc}\s]+/gu, ' ').trim();
  const short = oneLine.length > longestReason ? `${oneLine.slice(0, longestReason - 1)}…` : oneLine;
  return Buffer.from(short).toString();
};
