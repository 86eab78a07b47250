import type { Clock } from '@tagflow/model';

/** How one sending ended, as far as the pace cares. */
export interface Pace {
  /** Null where there was no answer. */
  readonly status: number | null;
  /** How long the server asked everybody to stay away. Milliseconds; null where it said nothing that we heed. */
  readonly retryAfterMs: number | null;
  /** The same as the server wrote it, for those who are told of it without being sent. */
  readonly retryAfter?: string | undefined;
}

/** What a server that is asked no more said last. */
export interface Refusal {
  readonly status: number;
  /** Only Retry-After, where it was said. */
  readonly headers: Readonly<Record<string, string>>;
}

/** One request that may be sent. */
export interface Turn {
  readonly refusal: null;
  /** Must be called, once: the next may be sent. */
  leave(): void;
  /** Takes in how it ended, before or after it has left. Returns true when the server is to be asked no more. */
  learn(pace: Pace): boolean;
}

/** One request that is not to be sent. */
export interface NoTurn {
  readonly refusal: Refusal;
}

/** How many requests may be on their way to one server at a time, learned from what it answers. */
export interface Pacer {
  /**
   * Resolves when one more request may be sent to this origin; or as soon as it is known that none should be, because the
   * server has refused too often.
   * Rejects with the signal's reason.
   */
  enter(origin: string): Promise<Turn | NoTurn>;
}

interface Span {
  /** Milliseconds since 1970. */
  readonly until: number;
  /** Its whole length in milliseconds: the wall clock may be set back meanwhile. */
  readonly asked: number;
}

interface Server {
  /** Requests at a time. A fraction: it grows by a part of one with each good answer. */
  window: number;
  inFlight: number;
  /** Counts how often the window shrank. */
  generation: number;
  pause: Span | null;
  /** Lessons without a good answer since. */
  refusals: number;
  givenUp: (Span & Refusal) | null;
  readonly waiting: ((refusal: Refusal | null) => void)[];
}

const tooMuch: readonly number[] = [429, 503];
/** With a window of 1 all wait for each other's Retry-After: a hundred requests would take hours to fail. */
const mostRefusals = 8;
/** How long a server is left alone that has refused so often and does not say how long. */
const quietMs = 30_000;

/**
 * Returns a pacer that begins with `most` requests at a time, halves what was on its way when the server says that it is
 * too much (429, 503), and grows it again by one for each window of good answers. All requests to a server pause
 * together for as long as it asked one of them to stay away; after 8 refusals in a row they are refused together.
 */
export function createPacer(
  most: number,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Pacer {
  const servers = new Map<string, Server>();
  signal.addEventListener('abort', () => {
    for (const server of servers.values()) for (const next of server.waiting.splice(0)) next(null);
  });

  const serverOf = (origin: string): Server => {
    let server = servers.get(origin);
    if (server === undefined) {
      server = { window: most, inFlight: 0, generation: 0, pause: null, refusals: 0, givenUp: null, waiting: [] };
      servers.set(origin, server);
    }
    return server;
  };

  const admit = (server: Server): void => {
    while (server.inFlight < Math.floor(server.window)) {
      const next = server.waiting.shift();
      if (next === undefined) return;
      server.inFlight += 1;
      next(null);
    }
  };

  const refusalOf = ({ givenUp }: Server): Refusal | null => {
    if (givenUp === null) return null;
    const left = givenUp.until - clock.now();
    // More is left than there was: somebody has set the clock back.
    return left > 0 && left <= givenUp.asked ? givenUp : null;
  };

  const giveUp = (server: Server, status: number, { retryAfterMs, retryAfter }: Pace): void => {
    const asked = retryAfterMs ?? quietMs;
    const headers: Refusal['headers'] = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
    const givenUp = { status, headers, until: clock.now() + asked, asked };
    server.givenUp = givenUp;
    for (const next of server.waiting.splice(0)) next(givenUp);
  };

  const learn = (server: Server, sentIn: number, pace: Pace): boolean => {
    const { status, retryAfterMs } = pace;
    if (status !== null && tooMuch.includes(status)) {
      // Requests that were on their way together are refused together: that is one lesson, not many.
      if (sentIn === server.generation) {
        server.window = Math.max(1, Math.min(server.window, server.inFlight) / 2);
        server.generation += 1;
        server.refusals += 1;
      }
      const until = clock.now() + (retryAfterMs ?? 0);
      if (retryAfterMs !== null && until > (server.pause?.until ?? 0)) server.pause = { until, asked: retryAfterMs };
      if (server.refusals < mostRefusals) return false;
      giveUp(server, status, pace);
      return true;
    }
    if (status !== null && status < 500) {
      server.window = Math.min(most, server.window + 1 / server.window);
      server.refusals = 0;
      server.givenUp = null;
    }
    return false;
  };

  const pauseOver = async (server: Server): Promise<void> => {
    for (let { pause } = server; pause !== null; { pause } = server) {
      const wait = Math.min(pause.until - clock.now(), pause.asked);
      if (wait > 0) await clock.sleep(wait, signal);
      if (server.pause === pause) server.pause = null;
    }
  };

  return {
    async enter(origin) {
      const server = serverOf(origin);
      signal.throwIfAborted();
      const refusal = refusalOf(server);
      if (refusal !== null) return { refusal };
      if (server.inFlight < Math.floor(server.window)) server.inFlight += 1;
      else {
        const told = await new Promise<Refusal | null>((resolve) => server.waiting.push(resolve));
        if (told !== null) return { refusal: told };
      }
      const leave = (): void => {
        server.inFlight -= 1;
        admit(server);
      };
      try {
        await pauseOver(server);
        signal.throwIfAborted();
      } catch (error) {
        leave();
        throw error;
      }
      const late = refusalOf(server);
      if (late !== null) {
        leave();
        return { refusal: late };
      }
      const sentIn = server.generation;
      return { refusal: null, leave, learn: (pace) => learn(server, sentIn, pace) };
    },
  };
}
