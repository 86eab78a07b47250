/** What a request wants to do. */
export interface Access {
  /** Empty: the registry itself, whose repositories are listed. */
  readonly repository: string;
  readonly write: boolean;
  /** The repository that a blob is mounted from. */
  readonly mountFrom?: string;
}

/**
 * Returns the scopes of a token for it, as the distribution project's token authentication writes them. A mount needs
 * both repositories in one token. Reading never asks for more than `pull`: quay makes the repository, a private one,
 * when somebody asks for a token to push to it.
 */
export function scopesOf(access: Access): readonly string[] {
  if (access.repository === '') return ['registry:catalog:*'];
  const own = `repository:${access.repository}:${access.write ? 'pull,push' : 'pull'}`;
  return mountsFromElsewhere(access) ? [own, `repository:${access.mountFrom}:pull`] : [own];
}

/** Returns whether it needs rights in a second repository. */
export function mountsFromElsewhere(access: Access): access is Access & { readonly mountFrom: string } {
  return access.mountFrom !== undefined && access.mountFrom !== access.repository;
}

/** Returns whether a token with these scopes does for what is wanted. */
export function covers(scopes: readonly string[], wanted: readonly string[]): boolean {
  return wanted.every((scope) => scopes.includes(scope) || scopes.includes(scope.replace(/:pull$/, ':pull,push')));
}
