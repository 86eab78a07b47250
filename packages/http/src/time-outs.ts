/** Milliseconds after which one request to an API is given up, its answer included. */
export const requestTimeoutMs = 30_000;

/** Milliseconds of silence after which a transfer is given up. */
export const silenceTimeoutMs = 60_000;
