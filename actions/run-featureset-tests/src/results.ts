import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import type { ActionContext } from '@tagflow/action-kit';
import type { Config } from '@tagflow/config';
import type { JobResult } from '@tagflow/featureset';
import { messageOf } from '@tagflow/model';
import { openStore, putFolder } from '@tagflow/store';
import type { Given } from './inputs.ts';

// What runners and we ourselves write down to find a job again, beside its logs.
const isRecord = /^job(?:\.json(?:\.new)?$|(?:-\d+)?(?:\.\d\d-[^/]*)?\.log\.(?:run\/|nodes))/;

/** Where the logs of one job go, and where people find them. */
export interface LogPlace {
  /** Below the root of the store. */
  readonly path: string;
  readonly url: string;
}

/** Copies the folders of jobs to where people read them. */
export interface LogKeeper {
  /** Where those of a job are that began at that time. */
  placeOf(job: string, startedAt: string): LogPlace;
  /** Copies what the job left, without secrets. Never rejects: logs that could not be kept change no result. */
  keep(result: JobResult, folder: string, place: LogPlace): Promise<JobResult>;
  close(): Promise<void>;
}

/** Returns what keeps the logs of a hash; null where config names no place for logs. */
export async function openLogKeeper(
  fullHash: string,
  given: Given,
  config: Config | null,
  context: ActionContext,
): Promise<LogKeeper | null> {
  if (config?.logs == null) return null;
  const { url, readUrl, hostKey } = config.logs;
  const knownHosts = given['known-hosts'] === undefined ? '' : await readFile(given['known-hosts'], 'utf8');
  const privateKey = given['ssh-key']?.reveal();
  const access = { knownHosts, ...(hostKey === null ? {} : { fingerprint: hostKey }) };
  const ssh = privateKey === undefined ? {} : { ssh: { privateKey, ...access } };
  const { signal, over } = someTimeLater(context);
  const store = openStore(url, { effects: { ...context, signal }, ...ssh });
  return {
    placeOf(job, startedAt) {
      const stamp = startedAt.replaceAll(/[-:]|\.\d+/g, '');
      const path = [config.release, fullHash, encodeURIComponent(job), stamp].join('/');
      return { path, url: [readUrl.replace(/\/$/, ''), ...path.split('/').map(encodeURIComponent)].join('/') };
    },
    async keep(result, folder, { path }) {
      try {
        const put = await putFolder(store, folder, path, {
          ...{ run: path, transform: context.redact, signal },
          isWanted: (file) => !isRecord.test(file),
        });
        for (const what of put.leftOut) context.log.warning(`${result.job}: not among its logs: ${what}`);
        return result;
      } catch (error) {
        context.log.warning(`${result.job}: its logs could not be kept at ${store.url}/${path}: ${messageOf(error)}`);
        return { ...result, logUrl: pathToFileURL(folder).href };
      }
    },
    close: async () => {
      over.abort();
      await store.close();
    },
  };
}

/** How long the logs of jobs that were cancelled may take to be copied. */
const graceMs = 60_000;

/** Returns a signal that aborts some time after the one of the run: the logs of what was cancelled are wanted, too. */
function someTimeLater({ signal, clock }: ActionContext): {
  readonly signal: AbortSignal;
  readonly over: AbortController;
} {
  const [late, over] = [new AbortController(), new AbortController()];
  const wait = (): void =>
    void clock.sleep(graceMs, over.signal).then(
      () => late.abort(signal.reason),
      () => undefined,
    );
  if (signal.aborted) wait();
  else signal.addEventListener('abort', wait, { once: true, signal: over.signal });
  return { signal: late.signal, over };
}
