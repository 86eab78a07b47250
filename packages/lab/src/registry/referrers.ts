import { type Answer, answerJson, refuse } from './answer.ts';
import { digestOf, notAllowed } from './blobs.ts';
import type { Call } from './call.ts';
import type { StoredManifest } from './contents.ts';
import { pageOf } from './listings.ts';
import { manifestTypes, readManifest } from './manifest-rules.ts';

/** Answers the list of manifests whose subject is a digest; the digest itself need not be there. */
export function answerReferrers(call: Call): Answer {
  if (call.method !== 'GET') return notAllowed();
  const { repository: name, reference } = call.route;
  const subject = digestOf(reference);
  if (subject === null) return refuse(400, { code: 'DIGEST_INVALID', message: 'provided digest is malformed' });
  const repository = call.contents.repositories.get(name);
  if (repository === undefined) {
    return refuse(404, { code: 'NAME_UNKNOWN', message: 'repository name not known to registry', detail: { name } });
  }
  const wanted = call.url.searchParams.get('artifactType');
  const found = new Map(
    [...repository.manifests.values()]
      .filter((manifest) => subjectOf(manifest) === subject)
      .map((manifest) => [manifest.digest as string, describe(manifest)] as const)
      .filter(([, descriptor]) => wanted === null || descriptor['artifactType'] === wanted),
  );
  const page = pageOf(call, [...found.keys()].sort(), call.rules.maxPage ?? found.size, false);
  const manifests = page.items.map((digest) => found.get(digest));
  return answerJson(
    200,
    { schemaVersion: 2, mediaType: manifestTypes[1], manifests },
    {
      'content-type': manifestTypes[1],
      ...(wanted === null ? {} : { 'oci-filters-applied': 'artifactType' }),
      ...page.headers,
    },
  );
}

function subjectOf({ body, mediaType }: StoredManifest): string | null {
  const facts = readManifest(body, mediaType);
  return 'code' in facts ? null : facts.subject;
}

function describe({ digest, mediaType, body }: StoredManifest): Readonly<Record<string, unknown>> {
  const { artifactType, config, annotations } = JSON.parse(body.toString('utf8'));
  const type: unknown = artifactType ?? config?.mediaType;
  return {
    ...{ mediaType, digest, size: body.length },
    ...(type === undefined ? {} : { artifactType: type }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}
