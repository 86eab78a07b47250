import type { Credentials } from '@tagflow/http';

/** What some registries give at a login instead of a password: a refresh token, of use to their token server only. */
export interface IdentityToken {
  readonly identityToken: string;
}

export type RegistryCredentials = Credentials | IdentityToken;

/**
 * Returns the credentials for a repository of a registry (`quay.io`, `tripleomaster/openstack-base`), or null. Asked for
 * every request, so an answer that costs something is kept.
 */
export type CredentialsProvider = (registry: string, repository: string) => Promise<RegistryCredentials | null>;

/** Knows no credentials. */
export const anonymous: CredentialsProvider = () => Promise.resolve(null);

export function isIdentityToken(credentials: RegistryCredentials): credentials is IdentityToken {
  return 'identityToken' in credentials;
}

/** Returns whom credentials stand for, without what proves it, such as `user "ns+robot"`. */
export function describeCredentials(credentials: RegistryCredentials): string {
  return isIdentityToken(credentials) ? 'an identity token' : `user "${credentials.username}"`;
}
