import { constants, publicEncrypt } from 'node:crypto';

/** A finished build, as Zuul's REST API tells it. */
export interface ZuulBuild {
  readonly uuid: string;
  readonly job_name: string;
  /** `SUCCESS`, `FAILURE`, `SKIPPED`, `RETRY_LIMIT`, …; null while it runs. */
  readonly result: string | null;
  readonly voting: boolean;
  readonly log_url: string | null;
  readonly start_time: string | null;
  readonly end_time: string | null;
  /** Seconds. */
  readonly duration: number | null;
  readonly error_detail: string | null;
  readonly artifacts: readonly { readonly name: string; readonly url: string; readonly metadata?: unknown }[];
}

/** All builds of one event in one pipeline. */
export interface ZuulBuildset {
  readonly uuid: string;
  readonly pipeline: string;
  readonly result: string | null;
  readonly message: string | null;
  readonly first_build_start_time: string | null;
  readonly last_build_end_time: string | null;
  /** Only of a buildset that was asked for alone. */
  readonly builds?: readonly ZuulBuild[];
}

/** Zuul's REST API, of one tenant. */
export interface ZuulApi {
  /** @returns what is at `/api/tenant/<tenant>/<path>`, or null for 404 */
  get(path: string): Promise<unknown>;
  /** Returns what Zuul does not understand of the configuration, a text each. */
  configErrors(): Promise<readonly string[]>;
  /** Returns the finished buildsets of a pipeline, the oldest first. */
  buildsets(pipeline: string): Promise<readonly ZuulBuildset[]>;
  /** Returns one with its builds. */
  buildset(uuid: string): Promise<ZuulBuildset>;
  /** Returns the builds of a job, finished or not, the newest first. */
  builds(job: string): Promise<readonly ZuulBuild[]>;
  /** Returns what stands for a secret in a repository's `secret` stanzas: YAML flow, tag included. */
  encrypt(project: string, plain: string): Promise<string>;
}

/** Talks to the web server of a Zuul. */
export function zuulApi(url: string, tenant: string): ZuulApi {
  const ask = async (path: string): Promise<Response> => fetch(`${url}/api/tenant/${tenant}/${path}`);
  const get = async (path: string): Promise<unknown> => {
    const response = await ask(path);
    if (response.status === 404) return null;
    if (!response.ok) throw new Error(`Zuul answers ${String(response.status)} for ${path}: ${await response.text()}`);
    return response.json();
  };
  const list = async (path: string): Promise<readonly unknown[]> => {
    const found = await get(path);
    return Array.isArray(found) ? (found as readonly unknown[]) : [];
  };
  return {
    get,
    async configErrors() {
      return (await list('config-errors')).map((each) => JSON.stringify(each));
    },
    async buildsets(pipeline) {
      const found = (await list(`buildsets?pipeline=${pipeline}&limit=100&complete=true`)) as readonly ZuulBuildset[];
      return found.toReversed();
    },
    async buildset(uuid) {
      const found = await get(`buildset/${uuid}`);
      if (found === null) throw new Error(`Zuul has no buildset ${uuid}`);
      return found as ZuulBuildset;
    },
    builds: async (job) => (await list(`builds?job_name=${job}&limit=50`)) as readonly ZuulBuild[],
    async encrypt(project, plain) {
      const response = await ask(`key/${project}.pub`);
      if (!response.ok) throw new Error(`Zuul has no key of ${project}: ${String(response.status)}`);
      return encrypted(await response.text(), plain);
    },
  };
}

// Zuul decrypts each entry of the list by itself and joins them: RSA takes no more than its key is long.
function encrypted(key: string, plain: string): string {
  const bytes = Buffer.from(plain);
  const chunks: string[] = [];
  for (let start = 0; start === 0 || start < bytes.length; start += chunkBytes) {
    const padding = { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' };
    chunks.push(publicEncrypt(padding, bytes.subarray(start, start + chunkBytes)).toString('base64'));
  }
  return `!encrypted/pkcs1-oaep ${JSON.stringify(chunks)}`;
}

/** A key of 4096 bits less what OAEP with SHA-1 takes. */
const chunkBytes = 512 - 42;
