import type { ArtifactSet, Digest } from '@tagflow/model';
import { OciError } from './error.ts';

/** A tag that names another digest than the one that is to be published under it. */
export interface Contradiction {
  /** The container. */
  readonly name: string;
  /** `registry.example/namespace/repository:tag`. */
  readonly where: string;
  readonly published: Digest;
  readonly given: Digest;
}

const shown = 10;
const next =
  'The hash was built twice, and one hash has one set of containers. Build a new hash, or give the containers that are ' +
  'published.';

/** Returns the error for containers that are published with other digests; the first ten are told in full. */
export function tagsDiffer(what: string, contradictions: readonly Contradiction[]): OciError {
  const lines = contradictions
    .slice(0, shown)
    .map(({ name, where, published, given }) => `${name}: ${where} is ${published}, and ${given} was given`);
  if (contradictions.length > shown) {
    const names = contradictions.slice(shown).map(({ name }) => name);
    lines.push(`and ${names.join(', ')}`);
  }
  return new OciError(
    'published-differently',
    `${what}: published before with other contents, which are not overwritten: ${lines.join('; ')}`,
    { next },
  );
}

/** Returns the error for a set that contradicts the one that is published for its hash. */
export function setsDiffer(where: string, published: ArtifactSet, given: ArtifactSet, cause: Error): OciError {
  const before = new Map(published.containers.map(({ name, digest }) => [name, digest]));
  const lines = given.containers.flatMap(({ name, digest }) => {
    const old = before.get(name);
    return old === undefined || old === digest ? [] : [`${name} is ${old} there, and ${digest} was given`];
  });
  const facts = lines.length === 0 ? cause.message : lines.slice(0, shown).join('; ');
  return new OciError(
    'published-differently',
    `${where}: the set was published before with other contents, which are not overwritten: ${facts}`,
    { cause, next },
  );
}
