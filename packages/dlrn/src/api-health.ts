import { DlrnError } from './error.ts';
import { fieldsOf, optionalText } from './fields.ts';
import type { Requests } from './requests.ts';

/** Tells whether there is a DLRN. */
export interface HealthApi {
  /**
   * Returns what the server says of itself: `ok`, or `ok, no commits in DB`.
   * @param options `withCredentials`: tells as well whether they are right, by a request that writes nothing
   * @throws DlrnError `not-found` where no DLRN API is, `unauthorized` for missing or wrong credentials
   */
  health(options?: { readonly withCredentials?: boolean }): Promise<string>;
}

export function createHealthApi(requests: Requests): HealthApi {
  return {
    async health({ withCredentials = false } = {}) {
      const path = '/api/health';
      const where = requests.urlOf(path);
      const answer = fieldsOf(withCredentials ? await requests.post(path, {}) : await requests.get(path), where);
      const result = optionalText(answer, 'result');
      if (result !== null) return result;
      throw new DlrnError('unexpected-answer', `${where} answered ${JSON.stringify(answer)}, no "result"`);
    },
  };
}

/**
 * Asks for something that DLRN got after 0.26.1. One that does not have it answers the page that a wrong address has, so
 * it is asked for its health, too.
 * @throws DlrnError `unsupported` when there is a DLRN, and it does not know this
 */
export async function askNewerDlrn<Answer>(health: HealthApi, ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (cause) {
    if (!(cause instanceof DlrnError) || cause.code !== 'not-found') throw cause;
    await health.health();
    throw new DlrnError('unsupported', `this DLRN is too old for that: ${cause.message}`, {
      cause,
      next: 'It came after DLRN 0.26.1: ask those who run the server for a newer one.',
    });
  }
}
