import { type CredentialsProvider, describeCredentials, type RegistryCredentials } from './credentials.ts';
import { OciError } from '../error.ts';
import type { RegistryAddress } from '../reference.ts';
import type { Wire } from '../wire.ts';

/** What is going to be done, in one repository that stands for all. */
export interface LoginProof {
  readonly repository: string;
  readonly write: boolean;
}

/**
 * Resolves when a registry takes the credentials that there are: with `GET /v2/`, and to write with an upload that is
 * opened, and given up again where the right to push is enough for that. Nobody else asks before the work begins: a
 * docker login may say yes to what a push refuses. Where the first push makes a repository (quay: a private one), so
 * does this.
 * @throws OciError `unauthorized`, `denied`: who was refused what, and what to do; others as the registry answers
 */
export async function proveLogin(
  wire: Wire,
  registry: RegistryAddress,
  credentials: CredentialsProvider,
  proof: LoginProof,
): Promise<void> {
  const { repository, write } = proof;
  const who = await credentials(registry.name, repository);
  const access = { repository, write };
  const refuse = (code: 'unauthorized' | 'denied', verb: string, why: unknown) =>
    refusal({ registry, who, code, verb, repository, why });

  const ping = await wire.send({ method: 'GET', target: '/v2/', access }).catch((error: unknown) => {
    if (error instanceof OciError && error.code === 'unauthorized') throw refuse('unauthorized', 'log in', error);
    throw error;
  });
  // Without credentials there is nothing to prove by it: some registries are read by everybody, but not pinged.
  const isPublic = ping.status === 401 && who === null && !write && (await isReadable(wire, repository));
  if (ping.status === 401 || ping.status === 403) {
    if (!isPublic) throw refuse('unauthorized', 'log in', wire.fail(`GET ${registry.name}/v2/`, ping));
  } else if (ping.status !== 200) throw wire.fail(`GET ${registry.name}/v2/`, ping);
  if (!write) return;

  const what = `POST upload to ${registry.name}/${repository}`;
  const opened = await wire.send({
    ...{ method: 'POST', target: `/v2/${repository}/blobs/uploads/`, access, retrySafe: true },
    headers: { 'content-length': '0' },
  });
  // The login was right a moment ago.
  if (opened.status === 401 || opened.status === 403) {
    throw refuse(who === null ? 'unauthorized' : 'denied', 'push', wire.fail(what, opened));
  }
  if (opened.status !== 202) throw wire.fail(what, opened);
  const location = opened.headers['location'];
  if (location === undefined) return;
  const target = new URL(location, opened.url).href;
  // Registries clear away what is left open, so it is nobody's trouble where it is not let go of. With tokens distribution
  // wants the action `delete` for it, which who pushes may not have: no token is asked for just for that.
  const headers = { 'content-length': '0' };
  await wire.send({ method: 'DELETE', target, access, headers, learns: false }).catch(() => undefined);
}

async function isReadable(wire: Wire, repository: string): Promise<boolean> {
  const access = { repository, write: false };
  const { status } = await wire.send({ method: 'GET', target: `/v2/${repository}/tags/list?n=1`, access });
  return status !== 401 && status !== 403;
}

function refusal(facts: {
  readonly registry: RegistryAddress;
  readonly who: RegistryCredentials | null;
  readonly code: 'unauthorized' | 'denied';
  readonly verb: string;
  readonly repository: string;
  readonly why: unknown;
}): OciError {
  const { registry, who, code, verb, repository, why } = facts;
  const place = verb === 'push' ? `push to ${registry.name}/${repository}` : `log in to ${registry.name}`;
  const message =
    who === null
      ? `${registry.name} wants a login${verb === 'push' ? ` to push to ${repository}` : ''}, and there are no credentials for it`
      : `${describeCredentials(who)} may not ${place}`;
  const next =
    who === null
      ? `Give registry-auth with an entry for ${registry.name}.`
      : verb === 'push'
        ? `Give this user the right to write to ${repository}, or registry-auth with another user.`
        : `Check user and password of the entry for ${registry.name} in registry-auth.`;
  return new OciError(code, message, {
    // Nothing was written yet.
    outcome: 'invalid',
    next,
    cause: why,
  });
}
