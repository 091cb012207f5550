/** A throw-away Postgres on an ephemeral port; `url` is that of its database `postgres`. */
export const startPostgres: () => Promise<{ url: string; stop: () => Promise<void> }>;
