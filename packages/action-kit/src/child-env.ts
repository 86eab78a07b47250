import type { Confidential } from './masks.ts';
import { loginForms, maskForms } from './masks.ts';

/** Which variables a tested command must not see, and why. Names are compared in upper case. */
const withheld: readonly { readonly name: RegExp; readonly why: string }[] = [
  { name: /^INPUT_/, why: "the action's own inputs, secrets among them" },
  { name: /^ACTIONS_/, why: 'tokens and addresses of the runner: cache, artifacts, OIDC' },
  { name: /^GITHUB_(TOKEN|ENV|PATH|OUTPUT|STATE)$/, why: 'its token, and files that steer this and later steps' },
  { name: /(^|_)(PASSWORD|PASSWD|PASSPHRASE|TOKEN|SECRET|CREDENTIALS|KEY)$/, why: 'credentials by their name' },
  // Not PWD, which is the folder of every shell.
  { name: /_(AUTH|PASS|PAT|PWD)$/, why: 'credentials by their name' },
  { name: /^(PGPASSWORD|SSHPASS)$/, why: 'read by psql and sshpass' },
  {
    name: /^(DOCKER_CONFIG|DOCKER_AUTH_CONFIG|REGISTRY_AUTH.*)$/,
    why: 'credentials of the registries that are published to',
  },
  { name: /^KRB5(CCNAME|_KTNAME|_CLIENT_KTNAME)$/, why: 'tickets and keys that may write to DLRN' },
  { name: /^SSH_AUTH_SOCK$/, why: 'signs with the keys that may write the image stores' },
];

// A shorter text is inside many a variable by accident, unless it stands where a login does.
const shortestInside = 8;

/**
 * Returns the environment that a tested command may inherit: `env` without {@link withheld} names, and without any
 * variable that is, or holds, something confidential in any of its forms.
 */
export function childEnv(
  env: Readonly<Record<string, string | undefined>>,
  confidential: Confidential,
): Readonly<Record<string, string>> {
  const forms = maskForms(confidential);
  const inside = [...forms.filter((form) => form.length >= shortestInside), ...loginForms(confidential)];
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || withheld.some((rule) => rule.name.test(name.toUpperCase()))) continue;
    const tells = forms.includes(value) || inside.some((form) => value.includes(form));
    if (!tells) kept[name] = value;
  }
  return kept;
}
