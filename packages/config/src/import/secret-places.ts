/** Where a secret of the old promoter goes. */
export interface SecretPlace {
  /** The variables that the old promoter read. */
  readonly old: string;
  readonly what: string;
  /** The name of the secret at GitHub. */
  readonly github: string;
  /** The key of the Zuul secret `promotion_secrets`. */
  readonly zuul: string;
  /** The flags of a command line. */
  readonly command: string;
}

const registry = {
  github: 'REGISTRY_AUTH',
  zuul: 'registry-auth',
  command: '--registry-auth-file, --registry-auth-env',
};

/** Every secret that the old promoter took from its environment or its home folder. */
export const secretPlaces: readonly SecretPlace[] = [
  {
    old: 'DLRNAPI_PASSWORD',
    what: 'the password at DLRN',
    ...{ github: 'DLRN_PASSWORD', zuul: 'password', command: '--password-file, --password-env' },
  },
  {
    old: 'the ticket that kinit got',
    what: 'the login at a DLRN with Kerberos; user and principal are no secrets and stand in tagflow.yaml',
    ...{ github: '', zuul: '', command: '--keytab' },
  },
  {
    old: 'DOCKERHUB_USERNAME, DOCKERHUB_PASSWORD',
    what: 'docker.io, in one docker config JSON with all registries',
    ...registry,
  },
  { old: 'QUAYDOTIO_USERNAME, QUAYDOTIO_PASSWORD', what: 'quay.io, in the same JSON', ...registry },
  { old: '<namespace>_PASSWORD', what: 'quay.rdoproject.org, user <namespace>+cirobot, in the same JSON', ...registry },
  { old: 'UPSHIFT_USERNAME, UPSHIFT_PASSWORD', what: 'the downstream registry, in the same JSON', ...registry },
  {
    old: 'QUAYDOTIO_TOKEN',
    what: "the token for quay's API, where repositories are created",
    ...{ github: 'QUAY_TOKEN', zuul: 'quay-token', command: '--quay-token-file, --quay-token-env' },
  },
  {
    old: 'keypath of the image server, such as ~/.ssh/id_rsa_uploader',
    what: 'the private key for the image server',
    ...{ github: 'SSH_KEY', zuul: 'ssh-key', command: '--ssh-key-file, --ssh-key-env' },
  },
];

/** Returns where a secret that stood in a file goes, as a sentence. */
export function placeOfSecret(key: string): string {
  if (/dlrn/i.test(key)) return 'Give it as password: DLRN_PASSWORD at GitHub, --password-env on the command line.';
  if (/key/i.test(key)) return 'Give it as ssh-key: SSH_KEY at GitHub, --ssh-key-file on the command line.';
  return 'Give it in registry-auth: REGISTRY_AUTH at GitHub, --registry-auth-file on the command line.';
}
