import type { Confidential } from './masks.ts';
import { maskForms } from './masks.ts';

/** Which variables a tested command must not see, and why. Names are compared in upper case. */
const withheld: readonly { readonly name: RegExp; readonly why: string }[] = [
  { name: /^INPUT_/, why: "the action's own inputs, secrets among them" },
  { name: /^ACTIONS_/, why: 'tokens and addresses of the runner: cache, artifacts, OIDC' },
  { name: /^GITHUB_(TOKEN|ENV|PATH|OUTPUT|STATE)$/, why: 'its token, and files that steer this and later steps' },
  { name: /(^|_)(PASSWORD|PASSWD|PASSPHRASE|TOKEN|SECRET|CREDENTIALS)$/, why: 'credentials by their name' },
  { name: /_(ACCESS_KEY|API_KEY|PRIVATE_KEY)$/, why: 'credentials by their name' },
  { name: /^(PGPASSWORD|SSHPASS)$/, why: 'read by psql and sshpass' },
  { name: /^(DOCKER_AUTH_CONFIG|REGISTRY_AUTH_FILE)$/, why: 'credentials of the registries that are published to' },
  { name: /^SSH_AUTH_SOCK$/, why: 'signs with the keys that may write the image stores' },
];

// A shorter text is inside many a variable by accident.
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
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || withheld.some((rule) => rule.name.test(name.toUpperCase()))) continue;
    const tells = forms.some((form) => value === form || (form.length >= shortestInside && value.includes(form)));
    if (!tells) kept[name] = value;
  }
  return kept;
}
